select * from {{ ref('fct_budget_vs_actual') }}
