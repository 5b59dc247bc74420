{{ config(materialized='table') }}

-- Which meters of this build tell cores, gigabytes or tokens: looked up once per meter, not once per charge.
with meters as (

    select distinct
        service_provider_name,
        service_category,
        sku_meter,
        pricing_unit,
        consumed_unit
    from {{ ref('int_charges_daily') }}
    where {{ in_rebuild() }} and charge_category = 'Usage' and sku_meter is not null

)

select
    meters.service_provider_name,
    meters.service_category,
    meters.sku_meter,
    meters.pricing_unit,
    meters.consumed_unit,
    known.usage_measure,
    known.storage_tier,
    known.quantity_basis,
    {{ money(try_money('known.factor') ~ ' * coalesce(' ~ try_money(captured('meters.sku_meter', 'known.meter_pattern'))
        ~ ', 1)') }} as unit_factor
from meters
inner join {{ ref('usage_meters') }} as known
    on
        meters.service_provider_name = coalesce(known.service_provider_name, meters.service_provider_name)
        and meters.service_category = known.service_category
        and case known.quantity_basis
            when 'pricing' then meters.pricing_unit
            else meters.consumed_unit
        end = known.unit
        and {{ matches('meters.sku_meter', 'known.meter_pattern') }}
qualify row_number() over (
    partition by
        meters.service_provider_name, meters.service_category, meters.sku_meter, meters.pricing_unit,
        meters.consumed_unit
    order by cast(known.meter_rank as bigint)
) = 1
