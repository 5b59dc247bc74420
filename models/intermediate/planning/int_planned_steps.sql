-- Announced changes as steps of the daily cost. One that names a service besides another scope is a step of that too.
with changes as (

    select
        *,
        coalesce(probability_share, 1) as step_probability_share
    from {{ ref('stg_facts__planned_changes') }}
    where coalesce(change_status, 'planned') <> 'cancelled'

)

select
    change_id,
    scope_type,
    scope_id,
    currency,
    start_date,
    end_date,
    daily_change_cost,
    {{ money('step_probability_share') }} as probability_share
from changes
union all
select
    change_id,
    'service' as scope_type,
    service_name as scope_id,
    currency,
    start_date,
    end_date,
    daily_change_cost,
    {{ money('step_probability_share') }} as probability_share
from changes
where service_name is not null and scope_type <> 'service'
