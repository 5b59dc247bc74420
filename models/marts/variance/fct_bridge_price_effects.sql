-- What each price has to do with the change of its service's cost. A unit is what quantities can be compared in: a
-- pricing unit within a family of meters. Volume is the change of the quantity at the unit's former average price,
-- price what each price changed for the quantity of now, mix what is left: dearer or cheaper things of the same unit. A
-- unit that came or went altogether is new or gone usage.
with prices as (

    select
        *,
        case when strpos(sku_meter, ':') > 0 then {{ text_part('sku_meter', ':', 1) }} end as meter_family,
        case
            when former_pricing_quantity > 0 and pricing_quantity > 0
                then
                    usage_cost
                    - {{ in_proportion('former_usage_cost', 'pricing_quantity', 'former_pricing_quantity') }}
            else 0
        end as price_change_cost
    from {{ ref('fct_bridge_cells') }}
    where cost_kind = 'priced'

),

units as (

    select
        *,
        {{ for_each(
            ['former_pricing_quantity', 'pricing_quantity', 'former_usage_cost'],
            'sum({}) over (partition by ' ~ bridge_key() ~ ', pricing_unit, meter_family) as unit_{}'
        ) }},
        {{ for_each(
            ['former_', ''],
            'countif({}pricing_quantity <> 0 or {}usage_cost <> 0) over (partition by ' ~ bridge_key()
            ~ ', pricing_unit, meter_family) as {}unit_prices'
        ) }}
    from prices

),

moved as (

    select
        *,
        case
            when former_unit_prices > 0 and unit_prices > 0 then 'kept'
            when unit_prices > 0 then 'new'
            else 'gone'
        end as unit_state,
        case
            when unit_former_pricing_quantity > 0 and unit_pricing_quantity > 0
                then {{ in_proportion(
                    'unit_former_usage_cost', '(pricing_quantity - former_pricing_quantity)',
                    'unit_former_pricing_quantity'
                ) }}
            else 0
        end as volume_change_cost
    from units

)

select
    {{ bridge_key() }},
    price_key,
    pricing_unit,
    sku_meter,
    former_usage_cost,
    usage_cost,
    {{ money('volume_change_cost') }} as volume_change_cost,
    {{ money('price_change_cost') }} as price_change_cost,
    {{ money("case when unit_state = 'kept'
        then usage_cost - former_usage_cost - volume_change_cost - price_change_cost else 0 end") }} as mix_change_cost,
    {{ money("case when unit_state = 'new' then usage_cost else 0 end") }} as new_usage_change_cost,
    {{ money("case when unit_state = 'gone' then -former_usage_cost else 0 end") }} as gone_usage_change_cost
from moved
