select * from {{ ref('fct_cost_movers') }}
