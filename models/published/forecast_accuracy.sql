select * from {{ ref('forecast_errors') }}
