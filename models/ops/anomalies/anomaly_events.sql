-- Anomalies with their clocks: when the first abnormal charge was made, when it was delivered, when it could be read,
-- when it was found, and what people did. The beginning of the day stands for the charge, where no hour is known. What
-- was delivered before the charge cannot hold it; the first hour counts, not the last, which moves while it goes on.
{% set counterfactual_days = 30 %}
{% set onset = 'coalesce(anomalies.onset_hour, cast(anomalies.onset_date as timestamp))' %}
with detected as (

    select
        anomaly_id,
        min(known_at) as detected_at
    from {{ ref('anomaly_history') }}
    where anomaly_state <> 'not_found'
    group by anomaly_id

),

deliveries as (

    select
        source_name,
        billing_month,
        loaded_at
    from {{ ref('delivery_ledger') }}
    where is_bill and state in ('current', 'superseded')

),

arrived as (

    select
        anomalies.anomaly_id,
        min(deliveries.loaded_at) as arrived_at
    from {{ source('analysis', 'anomalies') }} as anomalies
    inner join deliveries
        on
            anomalies.source_name = deliveries.source_name
            and {{ month_of('anomalies.onset_date') }} = deliveries.billing_month
            and deliveries.loaded_at >= {{ onset }}
    group by anomalies.anomaly_id

),

publications as (

    select distinct known_start from {{ source('raw', 'vintages') }}

),

published as (

    select
        arrived.anomaly_id,
        min(publications.known_start) as published_at
    from arrived
    inner join publications on arrived.arrived_at <= publications.known_start
    group by arrived.anomaly_id

),

-- when the alert about it was first delivered, by any channel
told as (

    select
        alert_id,
        min(delivered_at) as delivered_at
    from {{ source('raw', 'alert_deliveries') }}
    group by alert_id

)

select
    anomalies.anomaly_id,
    anomalies.scope_type,
    anomalies.scope_id,
    anomalies.currency,
    anomalies.anomaly_grain,
    anomalies.anomaly_kind,
    anomalies.direction,
    anomalies.onset_date,
    anomalies.flagged_date,
    anomalies.last_date,
    anomalies.onset_hour,
    anomalies.last_hour,
    anomalies.anomaly_status,
    anomalies.severity,
    anomalies.expected_cost,
    anomalies.expected_low_cost,
    anomalies.expected_high_cost,
    anomalies.actual_cost,
    anomalies.impact_cost,
    anomalies.told_by_id,
    anomalies.is_moved,
    anomalies.source_name,
    incidents.incident_id,
    case
        when incidents.resolved_at is not null then 'resolved'
        when incidents.acknowledged_at is not null then 'acknowledged'
        when told.delivered_at is not null or incidents.reported_at is not null then 'notified'
        else 'detected'
    end as response_state,
    least({{ onset }}, coalesce(incidents.started_at, {{ onset }})) as started_at,
    arrived.arrived_at,
    -- never later than it was found: that publication could be read too
    least(coalesce(published.published_at, detected.detected_at), detected.detected_at) as published_at,
    detected.detected_at,
    least(
        coalesce(told.delivered_at, incidents.reported_at), coalesce(incidents.reported_at, told.delivered_at)
    ) as notified_at,
    incidents.acknowledged_at,
    incidents.resolved_at,
    {{ date_difference('anomalies.flagged_date', 'cast(detected.detected_at as date)') }} > 14 as is_retrospective,
    {{ date_difference('anomalies.onset_date', 'anomalies.last_date') }} + 1 as day_count,
    cast({{ counterfactual_days }} as bigint) as counterfactual_days
from {{ source('analysis', 'anomalies') }} as anomalies
left join detected on anomalies.anomaly_id = detected.anomaly_id
left join arrived on anomalies.anomaly_id = arrived.anomaly_id
left join published on anomalies.anomaly_id = published.anomaly_id
left join {{ ref('anomaly_incidents') }} as incidents
    on coalesce(anomalies.told_by_id, anomalies.anomaly_id) = incidents.anomaly_id
left join told
    on
        'anomaly:' || anomalies.scope_type || ':' || anomalies.scope_id || ':' || anomalies.anomaly_id || ':'
        || anomalies.currency = told.alert_id
