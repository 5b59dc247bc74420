select * from {{ ref('fct_cost_daily') }}
