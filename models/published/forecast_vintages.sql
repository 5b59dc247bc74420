select * from {{ ref('forecast_history') }}
