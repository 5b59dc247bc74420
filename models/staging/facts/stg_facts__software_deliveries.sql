select
    source_name,
    delivery_id,
    software_delivery_id,
    scope_type,
    scope_id,
    environment,
    deployed_at,
    first_commit_at,
    feature_count,
    is_failed,
    restored_at,
    reference_id
from {{ source('raw', 'software_deliveries') }}
