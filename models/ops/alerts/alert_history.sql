-- Every alert that stands, and those that were resolved within 30 days: what the publication before said of it, and
-- what is true now. An alert fires when it is new, comes back, becomes worse, or still stands after its days; not while
-- somebody has acknowledged it, unless it becomes worse. That a run failed is over with what this one publishes.
{% set now = publication_moment() %}
{% set today = 'cast(' ~ now ~ ' as date)' %}
with known as (

    select
        *,
        cast(last_fired_at as date) as last_fired_day
    from {{ source('raw', 'alert_states') }}
    qualify row_number() over (partition by alert_id order by publication_id desc) = 1

),

acknowledgements as (

    select
        alert_id,
        max(acknowledged_by) as acknowledged_by
    from {{ source('raw', 'rule_acknowledgements') }}
    where
        cast({{ as_of() }} as date) >= coalesce(valid_from, date '0001-01-01')
        and cast({{ as_of() }} as date) < coalesce(valid_to, date '9999-12-31')
    group by alert_id

),

compared as (

    select
        conditions.*,
        acknowledgements.acknowledged_by,
        known.first_seen_at,
        known.last_fired_at,
        coalesce(known.fire_count, 0) as fire_count,
        coalesce(known.alert_state, '') not in ('', 'resolved') as was_standing,
        known.alert_id is not null as is_known,
        coalesce({{ severity_rank('conditions.severity') }} > {{ severity_rank('known.severity') }}, false) as is_worse,
        coalesce({{ date_difference('known.last_fired_day', today) }} >= conditions.refire_days, true) as is_due
    from {{ ref('alert_causes') }} as conditions
    left join known on conditions.alert_id = known.alert_id
    left join acknowledgements on conditions.alert_id = acknowledgements.alert_id

),

standing as (

    select
        *,
        case
            when alert_kind = 'failed_run' then 'resolved'
            when acknowledged_by is not null and not (was_standing and is_worse) then 'acknowledged'
            when not is_known then 'new'
            when not was_standing or is_worse or is_due then 're_fired'
            else 'ongoing'
        end as alert_state
    from compared

),

firing as (

    select
        *,
        alert_state in ('new', 're_fired') as fires
    from standing

),

told as (

    select
        '{{ publication_id() }}' as vintage_id,
        alert_id, alert_kind, severity, alert_state, scope_type, scope_id, subject, owner, owner_contact, currency,
        alert_value, threshold_value, impact_cost, title, message, link_query, channel, refire_days,
        case when was_standing then first_seen_at else {{ now }} end as first_seen_at,
        {{ now }} as last_seen_at,
        case when fires then {{ now }} else last_fired_at end as last_fired_at,
        cast(fire_count + case when fires then 1 else 0 end as bigint) as fire_count,
        case alert_state when 'resolved' then {{ now }} end as resolved_at,
        acknowledged_by
    from firing
    union all
    select
        case
            when known.alert_state = 'resolved' then known.publication_id else '{{ publication_id() }}'
        end as vintage_id,
        known.alert_id, known.alert_kind, known.severity, 'resolved' as alert_state, known.scope_type, known.scope_id,
        known.subject, known.owner, known.owner_contact, known.currency, known.alert_value, known.threshold_value,
        known.impact_cost, known.title, known.message, known.link_query, known.channel, known.refire_days,
        known.first_seen_at,
        known.last_seen_at,
        known.last_fired_at,
        known.fire_count,
        coalesce(known.resolved_at, {{ now }}) as resolved_at,
        known.acknowledged_by
    from known
    left join {{ ref('alert_causes') }} as conditions on known.alert_id = conditions.alert_id
    where
        conditions.alert_id is null
        and (known.resolved_at is null or cast(known.resolved_at as date) > {{ add_days(today, -30) }})

)

select
    told.*,
    kinds.value_unit
from told
left join {{ ref('alert_kinds') }} as kinds on told.alert_kind = kinds.alert_kind
