-- What was said of each anomaly when: what former publications said, kept for ever, and what this one says anew.
{%- set said = [
    'scope_type', 'scope_id', 'currency', 'direction', 'onset_date', 'flagged_date', 'anomaly_kind', 'impact_cost',
    'anomaly_grain', 'onset_hour', 'last_hour', 'severity', 'expected_cost', 'expected_low_cost', 'expected_high_cost',
    'actual_cost', 'told_by_id', 'source_name',
] %}
with known as (

    select
        publication_id as vintage_id,
        known_at,
        anomaly_id,
        anomaly_state,
        {{ said | join(',\n        ') }}
    from {{ source('raw', 'anomaly_states') }}

),

latest as (

    select
        anomaly_id,
        anomaly_state,
        told_by_id,
        expected_cost,
        actual_cost
    from known
    qualify row_number() over (partition by anomaly_id order by vintage_id desc) = 1

),

present as (

    select
        anomaly_id,
        anomaly_status as anomaly_state,
        {{ said | join(',\n        ') }}
    from {{ source('analysis', 'anomalies') }}

),

-- what is no longer found: its past was delivered anew, or is older than what is searched
gone as (

    select
        known.anomaly_id,
        'not_found' as anomaly_state,
        known.{{ said | join(',\n        known.') }}
    from known
    left join present on known.anomaly_id = present.anomaly_id
    where present.anomaly_id is null
    qualify row_number() over (partition by known.anomaly_id order by known.vintage_id desc) = 1

),

found as (

    select * from present
    union all
    select * from gone

)

select * from known
union all
select
    '{{ publication_id() }}' as vintage_id,
    {{ publication_moment() }} as known_at,
    found.*
from found
left join latest on found.anomaly_id = latest.anomaly_id
where
    found.anomaly_state is distinct from latest.anomaly_state
    -- hours are read back from here when their day is no longer searched: with their newest numbers
    or (
        found.anomaly_grain = 'hour'
        and found.anomaly_state <> 'not_found'
        and (
            found.told_by_id is distinct from latest.told_by_id
            or found.expected_cost is distinct from latest.expected_cost
            or found.actual_cost is distinct from latest.actual_cost
        )
    )
