-- What the change of a service's cost consists of, in the currency of the bill: what its prices have to do with it, and
-- what has no price. Usage of a service that came or went altogether is no volume.
{% set usage = price_parts() + ['unclassified'] %}
{% set kinds = ['credit', 'one_time', 'restatement', 'ownership'] %}
with effects as (

    select
        {{ bridge_key() }},
        former_usage_cost,
        usage_cost,
        {{ for_each(price_parts(), '{}_change_cost') }},
        {{ for_each(['unclassified', 'commitment'] + kinds, '0 as {}_change_cost') }}
    from {{ ref('fct_bridge_price_effects') }}
    union all
    select
        {{ bridge_key() }},
        case when cost_kind = 'unpriced' then former_usage_cost else 0 end as former_usage_cost,
        case when cost_kind = 'unpriced' then usage_cost else 0 end as usage_cost,
        {{ for_each(price_parts(), '0 as {}_change_cost') }},
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
        {{ bridge_key() }},
        sum(usage_cost) - sum(former_usage_cost) as usage_change_cost,
        countif(former_usage_cost <> 0) = 0 as is_new,
        countif(usage_cost <> 0) = 0 as is_gone,
        {{ for_each(usage + ['commitment'] + kinds, 'sum({}_change_cost) as {}_change_cost') }}
    from effects
    group by {{ bridge_key() }}

)

select
    {{ bridge_key() }},
    {{ for_each(usage, money('case when is_new or is_gone then 0 else {}_change_cost end') ~ ' as {}_change_cost') }},
    {{ money('case when is_new then usage_change_cost else 0 end') }} as new_service_change_cost,
    {{ money('case when is_gone and not is_new then usage_change_cost else 0 end') }} as gone_service_change_cost,
    {{ for_each(['commitment'] + kinds, money('{}_change_cost') ~ ' as {}_change_cost') }}
from services
