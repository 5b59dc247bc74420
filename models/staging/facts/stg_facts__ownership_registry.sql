select
    source_name,
    delivery_id,
    scope_type,
    scope_id,
    owner_role,
    owner,
    owner_contact,
    team,
    cost_center,
    business_unit,
    valid_from,
    valid_to
from {{ source('raw', 'ownership_registry') }}
