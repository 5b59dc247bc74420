select
    kpi_id,
    variant,
    scope_type,
    scope_id,
    target,
    valid_from,
    valid_to
from {{ source('raw', 'rule_kpi_targets') }}
