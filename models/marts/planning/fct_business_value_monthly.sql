-- Cost beside speed and quality: what a scope cost, what it released and how reliably it ran, for scopes about which
-- anything was delivered. A scope that never reported an incident has no availability rather than a perfect one.
with costs as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.posted_month,
        costs.currency,
        sum(costs.effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }} as costs
    inner join {{ ref('dim_cost_clock') }} as clock on costs.posted_month < clock.open_month
    group by costs.scope_type, costs.scope_id, costs.posted_month, costs.currency

),

told as (

    select
        scope_type,
        scope_id,
        min(delivery_month) as first_delivery_month,
        cast(null as date) as first_incident_month
    from {{ ref('int_software_deliveries_monthly') }}
    group by scope_type, scope_id
    union all
    select
        scope_type,
        scope_id,
        cast(null as date) as first_delivery_month,
        min(incident_month) as first_incident_month
    from {{ ref('int_incidents_monthly') }}
    group by scope_type, scope_id

),

starts as (

    select
        scope_type,
        scope_id,
        min(first_delivery_month) as first_delivery_month,
        min(first_incident_month) as first_incident_month
    from told
    group by scope_type, scope_id

),

beside as (

    select
        costs.*,
        case when costs.posted_month >= starts.first_delivery_month then coalesce(deliveries.delivery_count, 0) end
            as delivery_count,
        case when costs.posted_month >= starts.first_delivery_month then coalesce(deliveries.feature_count, 0) end
            as feature_count,
        coalesce(deliveries.failed_delivery_count, 0) as failed_delivery_count,
        deliveries.timed_delivery_count,
        deliveries.lead_hours,
        case when costs.posted_month >= starts.first_incident_month then coalesce(incidents.incident_count, 0) end
            as incident_count,
        case when costs.posted_month >= starts.first_incident_month then coalesce(incidents.downtime_minutes, 0) end
            as downtime_minutes,
        {{ date_difference('costs.posted_month', next_month('costs.posted_month')) }} * 1440 as total_minutes
    from costs
    inner join starts on costs.scope_type = starts.scope_type and costs.scope_id = starts.scope_id
    left join {{ ref('int_software_deliveries_monthly') }} as deliveries
        on
            costs.scope_type = deliveries.scope_type
            and costs.scope_id = deliveries.scope_id
            and costs.posted_month = deliveries.delivery_month
    left join {{ ref('int_incidents_monthly') }} as incidents
        on
            costs.scope_type = incidents.scope_type
            and costs.scope_id = incidents.scope_id
            and costs.posted_month = incidents.incident_month

)

select
    scope_type,
    scope_id,
    posted_month as period_month,
    currency,
    {{ money('effective_cost') }} as effective_cost,
    cast(delivery_count as bigint) as delivery_count,
    cast(feature_count as bigint) as feature_count,
    cast(failed_delivery_count as bigint) as failed_delivery_count,
    cast(timed_delivery_count as bigint) as timed_delivery_count,
    {{ money('lead_hours') }} as lead_hours_sum,
    {{ ratio('lead_hours', 'timed_delivery_count') }} as lead_hours,
    {{ ratio('effective_cost', 'delivery_count') }} as unit_delivery_cost,
    {{ ratio('effective_cost', 'feature_count') }} as unit_feature_cost,
    {{ ratio('failed_delivery_count', 'delivery_count') }} as failed_delivery_share,
    cast(incident_count as bigint) as incident_count,
    {{ money('downtime_minutes') }} as downtime_minutes,
    cast(total_minutes as bigint) as total_minutes,
    {{ ratio('total_minutes - downtime_minutes', 'total_minutes') }} as availability_share,
    {{ ratio('effective_cost * 60', 'total_minutes - downtime_minutes') }} as available_hour_cost
from beside
