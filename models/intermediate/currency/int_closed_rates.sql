-- What counted when a month was closed goes before whatever rates were delivered since.
select
    source_name,
    billing_account_id,
    billing_month,
    billing_currency,
    invoice_id,
    charge_date,
    reporting_currency,
    rate_date,
    exchange_rate
from {{ source('raw', 'closed_rates') }}
