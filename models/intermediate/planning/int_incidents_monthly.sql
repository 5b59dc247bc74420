-- Incidents of a scope by the month in which they began, with the minutes without service.
select
    scope_type,
    scope_id,
    {{ month_of('cast(started_at as date)') }} as incident_month,
    count(*) as incident_count,
    sum(coalesce(downtime_minutes, 0)) as downtime_minutes
from {{ ref('stg_facts__incidents') }}
where incident_type <> 'cost_anomaly'
group by scope_type, scope_id, {{ month_of('cast(started_at as date)') }}
