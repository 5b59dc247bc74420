select
    source_name,
    billing_month,
    state,
    delivery_id,
    closed_publication_id,
    closed_at,
    closed_by,
    close_reason,
    reopened_at,
    reopened_by,
    reopen_reason
from {{ source('raw', 'closes') }}
