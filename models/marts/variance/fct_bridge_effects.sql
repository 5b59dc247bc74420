-- What the change of a service's cost consists of, in the currency of the bill. Volume is the former cost in
-- proportion to the quantity, price what each price changed for the quantity of now, mix what is left: dearer or
-- cheaper things of the same unit. A unit that came or went altogether is mix, a service that did is no volume.
with prices as (

    select
        *,
        case when strpos(sku_meter, ':') > 0 then {{ text_part('sku_meter', ':', 1) }} end as meter_family,
        case
            when former_pricing_quantity > 0 and pricing_quantity > 0
                then usage_cost - {{ in_proportion('former_usage_cost', 'pricing_quantity', 'former_pricing_quantity') }}
            else 0
        end as price_change_cost
    from {{ ref('fct_bridge_cells') }}
    where cost_kind = 'priced'

),

summed as (

    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        pricing_unit, meter_family,
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
        former_usage_cost, usage_cost, volume_change_cost, price_change_cost,
        usage_cost - former_usage_cost - volume_change_cost - price_change_cost as mix_change_cost,
        {%- for kind in ['unclassified', 'commitment', 'credit', 'one_time', 'restatement', 'ownership'] %}
        0 as {{ kind }}_change_cost{{ ',' if not loop.last }}
        {%- endfor %}
    from units
    union all
    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        case when cost_kind = 'unpriced' then former_usage_cost else 0 end as former_usage_cost,
        case when cost_kind = 'unpriced' then usage_cost else 0 end as usage_cost,
        0 as volume_change_cost, 0 as price_change_cost, 0 as mix_change_cost,
        case when cost_kind = 'unpriced' then usage_cost - former_usage_cost else 0 end as unclassified_change_cost,
        commitment_effect_cost - former_commitment_effect_cost as commitment_change_cost,
        {%- for kind in ['credit', 'one_time', 'restatement', 'ownership'] %}
        case when cost_kind = '{{ kind }}' then effective_cost - former_effective_cost else 0 end as {{ kind }}_change_cost
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_bridge_cells') }}

),

services as (

    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
        countif(former_usage_cost <> 0) = 0 as is_new,
        countif(usage_cost <> 0) = 0 as is_gone,
        {%- for kind in [
            'volume', 'price', 'mix', 'unclassified', 'commitment', 'credit', 'one_time', 'restatement', 'ownership'
        ] %}
        sum({{ kind }}_change_cost) as {{ kind }}_change_cost{{ ',' if not loop.last }}
        {%- endfor %}
    from effects
    group by comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency

)

select
    comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency,
    {%- for kind in ['volume', 'price', 'mix', 'unclassified'] %}
    {{ money('case when is_new or is_gone then 0 else ' ~ kind ~ '_change_cost end') }} as {{ kind }}_change_cost,
    {%- endfor %}
    {%- for kind, condition in [('new_service', 'is_new'), ('gone_service', 'is_gone and not is_new')] %}
    {{ money(
        'case when ' ~ condition ~ ' then volume_change_cost + price_change_cost + mix_change_cost + unclassified_change_cost else 0 end'
    ) }} as {{ kind }}_change_cost,
    {%- endfor %}
    {%- for kind in ['commitment', 'credit', 'one_time', 'restatement', 'ownership'] %}
    {{ money(kind ~ '_change_cost') }} as {{ kind }}_change_cost{{ ',' if not loop.last }}
    {%- endfor %}
from services
