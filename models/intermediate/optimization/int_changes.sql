-- What was to change cost and was decided: announced changes, and recommendations that name a resource and were carried
-- out. What is planned is told for a day, as both are held against days.
select
    'planned_change' as change_kind,
    change_id,
    change_type,
    scope_type,
    scope_id,
    service_name,
    currency,
    start_date,
    end_date,
    {{ money('daily_change_cost') }} as planned_daily_cost
from {{ ref('stg_facts__planned_changes') }}
where change_status in ('approved', 'done')
union all
select
    'recommendation' as change_kind,
    concat(service_provider_name, '/', recommendation_id) as change_id,
    recommendation_type as change_type,
    'resource' as scope_type,
    resource_id as scope_id,
    service_name,
    currency,
    implemented_date as start_date,
    cast(null as date) as end_date,
    -{{ money('estimated_monthly_savings_cost * 12 / 365') }} as planned_daily_cost
from {{ ref('int_recommendations') }}
where implemented_date is not null and resource_id is not null
