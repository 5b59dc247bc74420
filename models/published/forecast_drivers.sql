select * from {{ ref('fct_forecast_drivers_ahead') }}
