-- Whether a change that was planned for a scope had a baseline of that scope before it began.
with baselines as (

    select
        scope_type,
        scope_id,
        min(frozen_at) as first_frozen_at
    from {{ source('raw', 'frozen_baselines') }}
    group by scope_type, scope_id

)

select
    changes.change_id,
    changes.scope_type,
    changes.scope_id,
    {{ month_of('changes.start_date') }} as start_month,
    coalesce(baselines.first_frozen_at < cast(changes.start_date as timestamp), false) as has_baseline
from {{ ref('stg_facts__planned_changes') }} as changes
left join baselines
    on changes.scope_type = baselines.scope_type and changes.scope_id = baselines.scope_id
where coalesce(changes.change_status, 'planned') <> 'cancelled' and changes.start_date < cast({{ as_of() }} as date)
