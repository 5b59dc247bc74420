select
    source_name,
    delivery_id,
    change_id,
    scope_type,
    scope_id,
    service_name,
    change_type,
    start_date,
    end_date,
    daily_change_cost,
    currency,
    probability_share,
    change_status,
    reason,
    owner
from {{ source('raw', 'planned_changes') }}
