select * from {{ ref('fct_cost_amortized_monthly') }}
