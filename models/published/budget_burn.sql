select * from {{ ref('fct_budget_burn') }}
