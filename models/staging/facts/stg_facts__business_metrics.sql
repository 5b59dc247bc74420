select
    source_name,
    delivery_id,
    metric_id,
    metric_name,
    metric_unit,
    scope_type,
    scope_id,
    period_grain,
    period_start,
    metric_value,
    currency,
    value_type,
    aggregation
from {{ source('raw', 'business_metrics') }}
