select
    source_name,
    delivery_id,
    rate_date,
    from_currency,
    to_currency,
    rate,
    rate_source
from {{ source('raw', 'exchange_rates') }}
