select * from {{ ref('fct_forecast_periods') }}
