select
    source_name,
    delivery_id,
    billing_period_created,
    billing_period_end,
    billing_period_last_updated,
    billing_period_start,
    billing_period_status,
    invoice_issuer_name
from {{ source('raw', 'focus_billing_period') }}
