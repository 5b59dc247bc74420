-- The company sees what is told, each thing once; any other scope what was seen in it, told there or not, but no hours
-- of a day that was seen there as a whole.
with of_scopes as (

    select events.*
    from {{ ref('anomaly_events') }} as events
    left join {{ ref('anomaly_events') }} as days
        on
            events.told_by_id = coalesce(days.told_by_id, days.anomaly_id)
            and events.scope_type = days.scope_type
            and events.scope_id = days.scope_id
            and events.anomaly_grain = 'hour'
            and days.anomaly_grain = 'day'
            and events.onset_date between days.onset_date and days.last_date
    where
        days.anomaly_id is null
        and events.scope_type in ('business_unit', 'cost_center', 'team', 'product', 'provider', 'service')

)

select
    'company' as kpi_scope_type,
    'all' as kpi_scope_id,
    {{ month_of('onset_date') }} as period_start,
    *
from {{ ref('anomaly_events') }}
where told_by_id is null
union all
select
    scope_type as kpi_scope_type,
    scope_id as kpi_scope_id,
    {{ month_of('onset_date') }} as period_start,
    *
from of_scopes
