with resources as (

    select
        service_provider_name,
        resource_id,
        posted_month,
        billing_currency,
        max(case when is_tagged then 1 else 0 end) as tagged
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, resource_id, posted_month, billing_currency

),

scoped_resources as (

    select
        'company' as scope_type,
        'all' as scope_id,
        resources.*
    from resources
    union all
    select
        'provider' as scope_type,
        service_provider_name as scope_id,
        resources.*
    from resources

)

select
    'unallocated_share' as kpi_id,
    'effective_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    unallocated_cost as numerator,
    effective_cost as denominator
from {{ ref('kpi_inputs') }}
where scope_type <> 'team'
union all
select
    'untagged_share' as kpi_id,
    'effective_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    untagged_cost as numerator,
    effective_cost as denominator
from {{ ref('kpi_inputs') }}
where scope_type <> 'team'
union all
select
    'untagged_share' as kpi_id,
    'resource_count' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    posted_month as period_start,
    billing_currency as currency,
    {{ money('sum(1 - tagged)') }} as numerator,
    {{ money('count(*)') }} as denominator
from scoped_resources
group by scope_type, scope_id, posted_month, billing_currency
