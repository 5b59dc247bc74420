-- How bad each anomaly is that goes on, or was found within a week: 1 is low, 2 medium, 3 high, 4 critical. One that is
-- the same money seen from another scope is told by that one; one that somebody has taken on is no alert any more. What
-- was delivered late is news when it is found; what was over before a source was read at all is history.
{% set rank = "case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 else 1 end" %}
with sources as (

    select
        source_name,
        min(loaded_at) as watched_since
    from {{ ref('delivery_ledger') }}
    where is_bill
    group by source_name

)

select
    'anomaly' as alert_kind,
    anomalies.scope_type,
    anomalies.scope_id,
    anomalies.anomaly_id as subject,
    anomalies.currency,
    {{ money(rank) }} as alert_value,
    anomalies.impact_cost,
    case
        when anomalies.is_moved then 'Cost moved to '
        when anomalies.direction = 'down' then 'Less cost than expected of '
        else 'Unexpected cost of '
    end || '{scope} ('
    || case
        when anomalies.is_moved then 'a tag or rule changed'
        when anomalies.anomaly_kind = 'new_service_or_region' then 'new ' || replace(anomalies.scope_type, '_', ' ')
        else replace(anomalies.anomaly_kind, '_', ' ')
    end || ')' as title,
    'From ' || case
        when anomalies.onset_hour is null
            then cast(anomalies.onset_date as string) || ' to ' || cast(anomalies.last_date as string)
        else
            {{ hour_words('anomalies.onset_date', 'anomalies.onset_hour') }} || ' to '
            || {{ hour_words('anomalies.last_date', 'anomalies.last_hour', '59') }} || ' UTC'
    end || ' it cost '
    || {{ amount_words('coalesce(anomalies.actual_cost, 0)', 'anomalies.currency') }} || ' where '
    || {{ amount_words('coalesce(anomalies.expected_cost, 0)') }} || ' was expected'
    || coalesce(
        ', between ' || {{ amount_words('anomalies.expected_low_cost') }} || ' and '
        || {{ amount_words('anomalies.expected_high_cost') }}, ''
    )
    || case
        when anomalies.is_moved then '; other scopes cost as much less, in the same accounts and services.' else '.'
    end as finding,
    'select * from anomaly_contributors where anomaly_id = ' || {{ quoted('anomalies.anomaly_id') }} as link_query
from {{ ref('anomaly_events') }} as anomalies
left join sources on anomalies.source_name = sources.source_name
where
    anomalies.told_by_id is null
    and anomalies.response_state not in ('acknowledged', 'resolved')
    and (
        anomalies.anomaly_status = 'open'
        or (
            cast(anomalies.detected_at as date) > {{ add_days('cast(' ~ publication_moment() ~ ' as date)', -7) }}
            and anomalies.flagged_date > {{ add_days('cast(sources.watched_since as date)', -14) }}
        )
    )
