-- Who answers for a scope today: the cost owner, else the technical owner, else who approves.
select
    scope_type,
    scope_id,
    owner,
    owner_contact
from {{ ref('stg_facts__ownership_registry') }}
where
    cast({{ as_of() }} as date) >= coalesce(valid_from, date '0001-01-01')
    and cast({{ as_of() }} as date) < coalesce(valid_to, date '9999-12-31')
qualify row_number() over (
    partition by scope_type, scope_id
    order by
        case owner_role when 'cost_owner' then 1 when 'technical_owner' then 2 else 3 end asc,
        owner asc
) = 1
