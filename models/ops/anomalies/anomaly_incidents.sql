-- What people reported about an anomaly that is told: the first incident that is about it. People name any of the
-- scopes in which one thing was seen, or what the scope that tells it is part of.
with names as (

    select
        coalesce(told_by_id, anomaly_id) as cause_id,
        scope_type,
        scope_id
    from {{ source('analysis', 'anomalies') }}
    union all
    select
        anomalies.anomaly_id as cause_id,
        scopes.parent_scope_type as scope_type,
        scopes.parent_scope_id as scope_id
    from {{ source('analysis', 'anomalies') }} as anomalies
    inner join {{ ref('dim_scopes') }} as scopes
        on anomalies.scope_type = scopes.scope_type and anomalies.scope_id = scopes.scope_id
    where anomalies.told_by_id is null and scopes.parent_scope_type <> 'company'

),

-- an incident is about the anomaly of its direction and time that began nearest; of several at once about all of them.
-- Days are UTC, people's are not: a day more or less is the same time
reported as (

    select
        causes.anomaly_id,
        incidents.incident_id,
        incidents.started_at,
        incidents.detected_at as reported_at,
        incidents.acknowledged_at,
        incidents.resolved_at
    from {{ source('analysis', 'anomalies') }} as causes
    inner join names on causes.anomaly_id = names.cause_id
    inner join {{ ref('stg_facts__incidents') }} as incidents
        on
            names.scope_type = incidents.scope_type
            and names.scope_id = incidents.scope_id
            and causes.direction = coalesce(incidents.cost_direction, causes.direction)
            and {{ add_days('causes.last_date', 1) }} >= cast(incidents.started_at as date)
            and {{ add_days('causes.onset_date', -1) }} <= cast(
                coalesce(
                    incidents.resolved_at, incidents.acknowledged_at, incidents.detected_at, incidents.started_at
                ) as date
            )
    where incidents.incident_type = 'cost_anomaly'
    qualify rank() over (
        partition by incidents.incident_id
        order by abs({{ date_difference('causes.onset_date', 'cast(incidents.started_at as date)') }})
    ) = 1

)

select *
from reported
qualify row_number() over (partition by anomaly_id order by started_at, incident_id) = 1
