select
    source_name,
    delivery_id,
    request_id,
    request_type,
    scope_type,
    scope_id,
    subject_id,
    requested_by,
    requested_at,
    estimated_monthly_cost,
    currency,
    decision,
    decided_at,
    approver,
    reason
from {{ source('raw', 'approvals') }}
