-- What a resource costs less a day than in the month before a recommendation about it was carried out: in the first
-- whole month since, and in each of the twelve. Of a resource of which several speak nobody knows which one saves.
with resources as (

    select
        service_provider_name,
        lower(resource_id) as resource_id,
        posted_month,
        billing_currency,
        {{ ratio('sum(effective_cost)', date_difference('posted_month', next_month('posted_month'))) }} as daily_cost
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, lower(resource_id), posted_month, billing_currency

),

carried_out as (

    select
        service_provider_name,
        recommendation_id,
        service_name,
        resource_id,
        coalesce(owner, {{ unallocated() }}) as team,
        {{ month_of('implemented_date') }} as implemented_month
    from {{ ref('int_recommendations') }}
    where recommendation_status in ('implemented', 'verified') and resource_id is not null
    qualify count(*) over (partition by service_provider_name, resource_id) = 1

),

months as (

    select distinct costs.posted_month
    from {{ ref('fct_cost_amortized_monthly') }} as costs
    inner join {{ ref('dim_cost_clock') }} as clock on costs.posted_month < clock.open_month

)

select
    carried_out.service_provider_name,
    carried_out.recommendation_id,
    carried_out.service_name,
    carried_out.resource_id,
    carried_out.team,
    carried_out.implemented_month,
    months.posted_month,
    former.billing_currency,
    {{ money('former.daily_cost - coalesce(begun.daily_cost, 0)') }} as first_saved_daily_cost,
    {{ money('former.daily_cost - coalesce(own.daily_cost, 0)') }} as saved_daily_cost
from carried_out
inner join months
    on
        carried_out.implemented_month < months.posted_month
        and {{ add_months('carried_out.implemented_month', 12) }} >= months.posted_month
inner join resources as former
    on
        carried_out.service_provider_name = former.service_provider_name
        and carried_out.resource_id = former.resource_id
        and {{ add_months('carried_out.implemented_month', -1) }} = former.posted_month
left join resources as begun
    on
        former.service_provider_name = begun.service_provider_name
        and former.resource_id = begun.resource_id
        and former.billing_currency = begun.billing_currency
        and {{ add_months('carried_out.implemented_month', 1) }} = begun.posted_month
left join resources as own
    on
        former.service_provider_name = own.service_provider_name
        and former.resource_id = own.resource_id
        and former.billing_currency = own.billing_currency
        and months.posted_month = own.posted_month
