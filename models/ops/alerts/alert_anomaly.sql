-- How bad each anomaly is that goes on, or was found within a week: 1 is low, 2 medium, 3 high, 4 critical. One that is
-- the same money seen from another scope is told by that one; one that somebody has taken on is no alert any more.
{% set rank = "case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 else 1 end" %}
select
    'anomaly' as alert_kind,
    scope_type,
    scope_id,
    anomaly_id as subject,
    currency,
    {{ money(rank) }} as alert_value,
    impact_cost,
    'Unexpected cost of ' || scope_id || ' ('
    || case
        when anomaly_kind = 'new_service_or_region' then 'new ' || replace(scope_type, '_', ' ')
        else replace(anomaly_kind, '_', ' ')
    end || ')' as title,
    'Since ' || cast(onset_date as string) || ' '
    || {{ number_text('round(coalesce(actual_cost, 0), 2)') }} || ' ' || currency
    || ' where ' || {{ number_text('round(coalesce(expected_cost, 0), 2)') }} || ' was expected.' as finding,
    'select * from anomaly_contributors where anomaly_id = ' || {{ quoted('anomaly_id') }} as link_query
from {{ ref('anomaly_events') }}
where
    told_by_id is null
    and response_state not in ('acknowledged', 'resolved')
    and (
        anomaly_status = 'open'
        or flagged_date > {{ add_days('cast(' ~ as_of() ~ ' as date)', -7) }}
    )
