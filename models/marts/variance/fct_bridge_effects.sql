-- What the change of a service's cost consists of, in the currency of the bill. Volume is the former cost in
-- proportion to the quantity, price what each price changed for the quantity of now, mix what is left: dearer or
-- cheaper things of the same unit. A unit that came or went altogether is mix, a service that did is no volume.
{% set usage = ['volume', 'price', 'mix', 'unclassified'] %}
{% set kinds = ['credit', 'one_time', 'restatement', 'ownership'] %}
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

summed as (

    select
        comparison,
        period_month,
        scope_type,
        scope_id,
        service_provider_name,
        service_name,
        billing_currency,
        pricing_unit,
        meter_family,
        sum(former_pricing_quantity) as former_quantity,
        sum(pricing_quantity) as quantity,
        sum(former_usage_cost) as former_usage_cost,
        sum(usage_cost) as usage_cost,
        sum(price_change_cost) as price_change_cost
    from prices
    group by
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        pricing_unit, meter_family

),

units as (

    select
        *,
        case
            when former_quantity > 0 and quantity > 0
                then {{ in_proportion('former_usage_cost', 'quantity', 'former_quantity') }} - former_usage_cost
            else 0
        end as volume_change_cost
    from summed

),

effects as (

    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        former_usage_cost,
        usage_cost,
        volume_change_cost,
        price_change_cost,
        usage_cost - former_usage_cost - volume_change_cost - price_change_cost as mix_change_cost,
        {{ for_each(['unclassified', 'commitment'] + kinds, '0 as {}_change_cost') }}
    from units
    union all
    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        case when cost_kind = 'unpriced' then former_usage_cost else 0 end as former_usage_cost,
        case when cost_kind = 'unpriced' then usage_cost else 0 end as usage_cost,
        0 as volume_change_cost, 0 as price_change_cost, 0 as mix_change_cost,
        case when cost_kind = 'unpriced' then usage_cost - former_usage_cost else 0 end as unclassified_change_cost,
        commitment_effect_cost - former_commitment_effect_cost as commitment_change_cost,
        {{ for_each(
            kinds,
            "case when cost_kind = '{}' then effective_cost - former_effective_cost else 0 end as {}_change_cost"
        ) }}
    from {{ ref('fct_bridge_cells') }}

),

services as (

    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        sum(usage_cost) - sum(former_usage_cost) as usage_change_cost,
        countif(former_usage_cost <> 0) = 0 as is_new,
        countif(usage_cost <> 0) = 0 as is_gone,
        {{ for_each(usage + ['commitment'] + kinds, 'sum({}_change_cost) as {}_change_cost') }}
    from effects
    group by comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency

)

select
    comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
    {{ for_each(usage, money('case when is_new or is_gone then 0 else {}_change_cost end') ~ ' as {}_change_cost') }},
    {{ money('case when is_new then usage_change_cost else 0 end') }} as new_service_change_cost,
    {{ money('case when is_gone and not is_new then usage_change_cost else 0 end') }} as gone_service_change_cost,
    {{ for_each(['commitment'] + kinds, money('{}_change_cost') ~ ' as {}_change_cost') }}
from services
