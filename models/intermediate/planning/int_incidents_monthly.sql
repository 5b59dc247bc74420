-- Incidents of a scope by the month in which they began, with the minutes without service.
select
    scope_type,
    scope_id,
    {{ month_of('incident_date') }} as incident_month,
    count(*) as incident_count,
    sum(downtime_minutes) as downtime_minutes
from {{ ref('int_incidents') }}
group by scope_type, scope_id, {{ month_of('incident_date') }}
