-- What each resource cost in a month, and what its recommendations say of it at the end of the month. A recommendation
-- that names no resource speaks of all resources of its account and service.
with resources as (

    select
        service_provider_name,
        sub_account_id,
        service_name,
        lower(resource_id) as resource_id,
        posted_month,
        billing_currency,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_resources_monthly') }}
    group by
        service_provider_name, sub_account_id, service_name, lower(resource_id), posted_month, billing_currency

),

spoken_of as (

    select
        service_provider_name,
        sub_account_id,
        service_name,
        resource_id,
        posted_month,
        max(case when is_reviewed then 1 else 0 end) as is_reviewed,
        max(case when is_owed then 1 else 0 end) as is_owed,
        max(case when is_open and recommendation_type = 'terminate' then 1 else 0 end) as is_unused,
        max(case when is_open and recommendation_type = 'upgrade' then 1 else 0 end) as is_legacy
    from {{ ref('fct_recommendations_monthly') }}
    group by service_provider_name, sub_account_id, service_name, resource_id, posted_month

),

by_resource as (

    select
        service_provider_name,
        resource_id,
        posted_month,
        max(is_reviewed) as is_reviewed,
        max(is_owed) as is_owed,
        max(is_unused) as is_unused,
        max(is_legacy) as is_legacy
    from spoken_of
    where resource_id is not null
    group by service_provider_name, resource_id, posted_month

),

by_service as (

    select *
    from spoken_of
    where resource_id is null and sub_account_id is not null and service_name is not null

)

select
    resources.service_provider_name,
    resources.sub_account_id,
    resources.service_name,
    resources.resource_id,
    resources.posted_month,
    resources.billing_currency,
    resources.effective_cost,
    coalesce(by_resource.is_reviewed, 0) = 1 or coalesce(by_service.is_reviewed, 0) = 1 as is_reviewed,
    coalesce(by_resource.is_owed, 0) = 1 or coalesce(by_service.is_owed, 0) = 1 as is_owed,
    coalesce(by_resource.is_unused, 0) = 1 as is_unused,
    coalesce(by_resource.is_legacy, 0) = 1 as is_legacy
from resources
left join by_resource
    on
        resources.service_provider_name = by_resource.service_provider_name
        and resources.resource_id = by_resource.resource_id
        and resources.posted_month = by_resource.posted_month
left join by_service
    on
        resources.service_provider_name = by_service.service_provider_name
        and resources.sub_account_id = by_service.sub_account_id
        and resources.service_name = by_service.service_name
        and resources.posted_month = by_service.posted_month
