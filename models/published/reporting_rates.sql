select
    source_name,
    billing_account_id,
    billing_month,
    billing_currency,
    invoice_id,
    charge_date,
    reporting_currency,
    rate_date,
    is_missing,
    exchange_rate
from {{ ref('fct_reporting_rates') }}
