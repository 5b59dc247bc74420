{{ config(materialized='table') }}

-- How far each provider's charges reach in a month that is not over yet: the newest two months can be such. One that
-- has begun with nothing but fees and charges of other months reaches no day.
with months as (

    select
        posted_month,
        posted_month = max(posted_month) over () as is_newest
    from (select distinct posted_month from {{ ref('int_bridge_months') }})
    qualify dense_rank() over (order by posted_month desc) <= 2

),

used as (

    select
        charges.posted_month,
        months.is_newest,
        charges.service_provider_name,
        max(charges.charge_date) as last_charge_date,
        max(case
            when
                charges.charge_category = 'Usage'
                and coalesce(charges.commitment_discount_status, '') <> 'Unused'
                and {{ month_of('charges.charge_date') }} = charges.posted_month
                then charges.charge_date
        end) as last_usage_date
    from {{ ref('int_charges_daily') }} as charges
    inner join months on charges.posted_month = months.posted_month
    group by charges.posted_month, months.is_newest, charges.service_provider_name

),

reached as (

    select
        posted_month,
        max(last_usage_date) as company_usage_date
    from used
    group by posted_month, is_newest
    having
        max(last_usage_date) < last_day(posted_month)
        or (is_newest and max(last_usage_date) is null and max(last_charge_date) < last_day(posted_month))

),

providers as (

    select distinct service_provider_name
    from {{ ref('int_bridge_months') }}

)

select
    reached.posted_month as open_month,
    providers.service_provider_name,
    coalesce(extract(day from coalesce(used.last_usage_date, reached.company_usage_date)), 0) as last_day_number
from reached
cross join providers
left join used
    on
        reached.posted_month = used.posted_month
        and {{ same('providers.service_provider_name', 'used.service_provider_name') }}
