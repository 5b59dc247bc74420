select
    source_name,
    delivery_id,
    incident_id,
    incident_type,
    scope_type,
    scope_id,
    severity,
    cost_direction,
    started_at,
    detected_at,
    acknowledged_at,
    resolved_at,
    downtime_minutes,
    caused_by_id,
    description
from {{ source('raw', 'incidents') }}
