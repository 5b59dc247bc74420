-- Who asked before something was made, how long the answer took, and what it was thought to cost. A resource is new in
-- the first month that has a cost of it; in the first month of all, nothing can be told to be new.
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

resource_costs as (

    select
        service_provider_name,
        lower(resource_id) as resource_id,
        billing_currency as currency,
        posted_month,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, lower(resource_id), billing_currency, posted_month

),

resources as (

    select
        *,
        min(posted_month) over (partition by service_provider_name, resource_id) as first_month
    from resource_costs

),

approved as (

    select
        subject_id,
        max(estimated_monthly_cost) as estimated_monthly_cost,
        max(currency) as currency
    from {{ ref('fct_approvals') }}
    where decision = 'approved' and subject_id is not null
    group by subject_id

),

first_resources as (

    select min(posted_month) as first_month from resources

),

bounds as (

    select
        max(first_resources.first_month) as first_month,
        min(approvals.requested_month) as first_request_month
    from first_resources
    cross join {{ ref('fct_approvals') }} as approvals

),

new_resources as (

    select
        resources.service_provider_name,
        resources.posted_month as period_start,
        resources.currency,
        resources.effective_cost,
        case when approved.subject_id is not null then resources.effective_cost else 0 end as approved_cost
    from resources
    cross join bounds
    left join approved on resources.resource_id = approved.subject_id
    where
        resources.posted_month = resources.first_month
        and resources.posted_month > bounds.first_month
        and resources.posted_month >= bounds.first_request_month

),

new_scopes as (

    select
        'company' as scope_type,
        'all' as scope_id,
        period_start,
        currency,
        sum(approved_cost) as approved_cost,
        sum(effective_cost) as effective_cost
    from new_resources
    group by period_start, currency
    union all
    select
        'provider' as scope_type,
        service_provider_name as scope_id,
        period_start,
        currency,
        sum(approved_cost) as approved_cost,
        sum(effective_cost) as effective_cost
    from new_resources
    group by service_provider_name, period_start, currency

),

-- the second month of a resource is its first whole one
estimates as (

    select
        'company' as scope_type,
        'all' as scope_id,
        resources.posted_month as period_start,
        resources.currency,
        sum(resources.effective_cost - approved.estimated_monthly_cost) as missed_cost,
        sum(approved.estimated_monthly_cost) as estimated_cost
    from resources
    inner join approved
        on resources.resource_id = approved.subject_id and resources.currency = approved.currency
    where
        resources.posted_month = {{ next_month('resources.first_month') }}
        and approved.estimated_monthly_cost is not null
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
