select
    source_name,
    delivery_id,
    fiscal_year,
    fiscal_quarter,
    fiscal_period,
    fiscal_period_name,
    start_date,
    end_date
from {{ source('raw', 'fiscal_calendar') }}
