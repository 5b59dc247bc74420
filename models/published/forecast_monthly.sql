select * from {{ ref('fct_forecasts_monthly') }}
