-- How long it took, for each clock of an anomaly: hours as sum and count, so that means roll up, and two percentiles.
-- Noticed is what the warehouse or a person found first; the clocks of people run from there.
{%- set clocks = [
    ['time_to_detect', 'since_charge', 'started_at', 'noticed_at'],
    ['time_to_detect', 'since_arrival', 'arrived_at', 'detected_at'],
    ['time_to_detect', 'since_publication', 'published_at', 'detected_at'],
    ['time_to_notify', 'since_detection', 'noticed_at', 'notified_at'],
    ['time_to_acknowledge', 'since_detection', 'noticed_at', 'acknowledged_at'],
    ['time_to_resolve', 'since_detection', 'noticed_at', 'resolved_at'],
] %}
with noticed as (

    select
        *,
        least(detected_at, coalesce(notified_at, detected_at)) as noticed_at
    from {{ ref('anomaly_sightings') }}
    -- what people took for one incident has one clock
    qualify row_number() over (
        partition by kpi_scope_type, kpi_scope_id, coalesce(incident_id, anomaly_id)
        order by started_at asc, abs(impact_cost) desc, anomaly_id asc
    ) = 1

),

waits as (
    {% for kpi_id, variant, earlier, later in clocks %}
        select
            '{{ kpi_id }}' as kpi_id,
            '{{ variant }}' as variant,
            kpi_scope_type as scope_type,
            kpi_scope_id as scope_id,
            period_start,
            greatest({{ hours_between(earlier, later) }}, 0) as hours
        from noticed
        where
            {{ later }} is not null and {{ earlier }} is not null
            {%- if variant == 'since_charge' %} and (not is_retrospective or notified_at < detected_at){% endif %}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by kpi_id, variant, scope_type, scope_id, period_start
            order by hours
        ) as place,
        count(*) over (partition by kpi_id, variant, scope_type, scope_id, period_start) as places
    from waits

)

-- the nearest rank: the least number of hours that so many percent do not exceed
select
    kpi_id,
    variant,
    scope_type,
    scope_id,
    period_start,
    cast(null as string) as currency,
    sum(hours) as hours,
    count(*) as anomalies,
    min(case when place * 100 >= places * 50 then hours end) as median_hours,
    min(case when place * 100 >= places * 90 then hours end) as p90_hours
from ranked
group by kpi_id, variant, scope_type, scope_id, period_start
