-- Incidents of a service, by the day on which they began; unexpected cost is none.
select
    incident_id,
    scope_type,
    scope_id,
    cast(started_at as date) as incident_date,
    coalesce(downtime_minutes, 0) as downtime_minutes,
    caused_by_id
from {{ ref('stg_facts__incidents') }}
where incident_type <> 'cost_anomaly'
