-- Who asked before something was made, how long the answer took, and what it was thought to cost.
with requests as (

    select
        'company' as scope_type,
        'all' as scope_id,
        decided_month as period_start,
        cast(null as string) as currency,
        count(*) as decided_count,
        countif(decision = 'approved') as approved_count,
        sum(decision_hours) as decision_hours
    from {{ ref('fct_approvals') }}
    where decided_month is not null and decision in ('approved', 'rejected')
    group by decided_month

),

asked as (

    select
        'company' as scope_type,
        'all' as scope_id,
        requested_month as period_start,
        cast(null as string) as currency,
        count(*) as request_count,
        countif(estimated_monthly_cost is not null) as estimated_count
    from {{ ref('fct_approvals') }}
    where request_type = 'resource'
    group by requested_month

),

new_resources as (

    select
        cost.service_provider_name,
        cost.posted_month,
        cost.is_new,
        {{ planning_currency() }} as currency,
        case when cost.is_approved then {{ in_planning_currency('effective_cost') }} else 0 end as approved_cost,
        {{ in_planning_currency('effective_cost') }} as effective_cost,
        {{ in_planning_currency('estimated_monthly_cost') }} as estimated_monthly_cost
    {{ beside_monthly_rates(ref('fct_new_resources_monthly')) }}

),

made as (

    select * from new_resources
    where is_new

),

new_scopes as (
    {{ kpi_scoped('made', ['approved_cost', 'effective_cost'], ['company', 'provider']) }}
),

-- the second month of a resource is its first whole one, once it is over
estimates as (

    select
        'company' as scope_type,
        'all' as scope_id,
        resources.posted_month as period_start,
        resources.currency,
        sum(resources.effective_cost - resources.estimated_monthly_cost) as missed_cost,
        sum(resources.estimated_monthly_cost) as estimated_cost
    from new_resources as resources
    inner join {{ ref('dim_cost_clock') }} as clock on resources.posted_month < clock.open_month
    where not resources.is_new and resources.estimated_monthly_cost is not null
    group by resources.posted_month, resources.currency

),

changes as (

    select
        'company' as scope_type,
        'all' as scope_id,
        start_month as period_start,
        cast(null as string) as currency,
        count(*) as change_count,
        countif(has_baseline) as baseline_count
    from {{ ref('change_baselines') }}
    group by start_month

)

{{ kpi_rows('requests', [
    ['approved_share', 'requests', 'approved_count', 'decided_count'],
    ['approval_time', 'hours', 'decision_hours', 'decided_count'],
]) }}
union all
{{ kpi_rows('asked', [['estimate_coverage', 'changes', 'estimated_count', 'request_count']]) }}
union all
{{ kpi_rows('new_scopes', [['approved_share', 'new_resource_cost', 'approved_cost', 'effective_cost']]) }}
union all
{{ kpi_rows('estimates', [['estimate_accuracy', 'effective_cost', 'missed_cost', 'estimated_cost']]) }}
union all
{{ kpi_rows('changes', [['baseline_before_change', 'share', 'baseline_count', 'change_count']]) }}
