select * from {{ ref('fct_budget_checks') }}
