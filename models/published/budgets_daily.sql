select * from {{ ref('fct_budgets_daily') }}
