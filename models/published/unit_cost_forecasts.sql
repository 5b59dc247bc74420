select * from {{ ref('fct_unit_cost_forecasts') }}
