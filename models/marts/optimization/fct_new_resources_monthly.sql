-- Resources in their first two months, beside the request that was approved for them. A resource is new in the first
-- month that has a cost of it; in the first month of all, and before there were requests, nothing can be told.
with resource_costs as (

    select
        service_provider_name,
        lower(resource_id) as resource_id,
        billing_currency,
        posted_month,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, lower(resource_id), billing_currency, posted_month

),

aged as (

    select
        *,
        min(posted_month) over (partition by service_provider_name, resource_id) as first_month
    from resource_costs

),

first_costs as (

    select min(posted_month) as first_cost_month from resource_costs

),

bounds as (

    select
        max(first_costs.first_cost_month) as first_cost_month,
        min(approvals.requested_month) as first_request_month
    from first_costs
    cross join {{ ref('int_approvals') }} as approvals

),

approved as (

    select
        subject_id,
        max(estimated_monthly_cost) as estimated_monthly_cost,
        max(currency) as currency
    from {{ ref('int_approvals') }}
    where decision = 'approved' and subject_id is not null
    group by subject_id

)

select
    aged.service_provider_name,
    aged.resource_id,
    aged.posted_month,
    aged.billing_currency,
    aged.posted_month = aged.first_month as is_new,
    approved.subject_id is not null as is_approved,
    aged.effective_cost,
    case when approved.currency = aged.billing_currency then approved.estimated_monthly_cost end
        as estimated_monthly_cost
from aged
inner join bounds
    on aged.first_month > bounds.first_cost_month and aged.first_month >= bounds.first_request_month
left join approved on aged.resource_id = approved.subject_id
where aged.posted_month <= {{ next_month('aged.first_month') }}
