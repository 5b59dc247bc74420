-- Releases of a scope in a month: how many, how many features with them, how many failed, and how long they took.
select
    scope_type,
    scope_id,
    {{ month_of('cast(deployed_at as date)') }} as delivery_month,
    count(*) as delivery_count,
    sum(coalesce(feature_count, 0)) as feature_count,
    countif(coalesce(is_failed, false)) as failed_delivery_count,
    count(first_commit_at) as timed_delivery_count,
    sum({{ ratio(minutes_between('first_commit_at', 'deployed_at'), '60') }}) as lead_hours
from {{ ref('stg_facts__software_deliveries') }}
group by scope_type, scope_id, {{ month_of('cast(deployed_at as date)') }}
