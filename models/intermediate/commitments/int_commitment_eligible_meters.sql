{{ config(materialized='table') }}

-- Coverage asks for compute that a commitment could cover. Where the reference lists a provider's meters, the meter has
-- to be one of them (storage and traffic are billed under compute too), or none of those that it rules out; of other
-- providers all compute counts.
with meters as (

    select distinct
        service_provider_name,
        service_category,
        coalesce(sku_meter, '') as sku_meter
    from {{ ref('int_charges_daily') }}
    where {{ in_rebuild() }} and service_category = 'Compute' and charge_category = 'Usage'

),

listed as (

    select
        meters.service_provider_name,
        meters.sku_meter,
        {{ any_true('eligible.is_eligible') }} as is_named,
        {{ any_true('not eligible.is_eligible') }} as is_ruled_out
    from meters
    inner join {{ ref('commitment_eligible_meters') }} as eligible
        on
            meters.service_provider_name = eligible.service_provider_name
            and strpos(meters.sku_meter, eligible.meter_contains) > 0
    group by meters.service_provider_name, meters.sku_meter

)

select
    meters.service_provider_name,
    meters.service_category,
    meters.sku_meter
from meters
left join listed
    on meters.service_provider_name = listed.service_provider_name and meters.sku_meter = listed.sku_meter
where
    coalesce(listed.is_named, false)
    or (
        not coalesce(listed.is_ruled_out, false)
        and meters.service_provider_name not in (
            select eligible.service_provider_name
            from {{ ref('commitment_eligible_meters') }} as eligible
            where eligible.is_eligible
        )
    )
