-- The ten services that moved a scope's cost most, up or down, each with the part that moved it most and the meter
-- whose use changed most.
{% set words = {
    'volume': 'quantity used',
    'price': 'unit prices',
    'mix': 'what is used of it: other SKUs than before',
    'unclassified': 'usage whose quantity cannot be compared',
    'new_service': 'used for the first time',
    'gone_service': 'no longer used',
    'commitment': 'commitment discounts and unused commitments',
    'credit': 'credits',
    'one_time': 'purchases, tax and other fees',
    'restatement': 'corrections and charges of other months',
    'ownership': 'moved between owners',
    'fx': 'exchange rate',
} %}
with ranked as (

    select
        *,
        row_number() over (
            partition by comparison, period_month, scope_type, scope_id, currency
            order by abs(change_cost) desc, service_name asc, service_provider_name asc
        ) as mover_rank,
        greatest({{ for_each(bridge_parts(), 'sign(change_cost) * {}_change_cost') }}) as largest_cost
    from {{ ref('fct_service_bridges') }}
    where change_cost <> 0

),

reasons as (

    select
        *,
        case
            {{ for_each(
                bridge_parts(), "when sign(change_cost) * {}_change_cost = largest_cost then '{}'", ' '
            ) }}
        end as change_part
    from ranked
    where mover_rank <= 10

),

meters as (

    select
        comparison,
        period_month,
        scope_type,
        scope_id,
        service_provider_name,
        service_name,
        sku_meter
    from {{ ref('fct_bridge_cells') }}
    where cost_kind = 'priced'
    qualify row_number() over (
        partition by comparison, period_month, scope_type, scope_id, service_provider_name, service_name
        order by abs(usage_cost - former_usage_cost) desc, sku_meter asc
    ) = 1

)

select
    reasons.comparison,
    reasons.period_month,
    reasons.scope_type,
    reasons.scope_id,
    reasons.currency,
    cast(reasons.mover_rank as bigint) as mover_rank,
    reasons.service_provider_name,
    reasons.service_name,
    reasons.former_effective_cost,
    reasons.effective_cost,
    reasons.change_cost,
    reasons.change_part,
    {{ money('sign(reasons.change_cost) * reasons.largest_cost') }} as change_part_cost,
    case when reasons.change_part in ('volume', 'price', 'mix') then meters.sku_meter end as sku_meter,
    case reasons.change_part
        {%- for part, text in words.items() %}
            when '{{ part }}' then '{{ text }}'
        {%- endfor %}
    end
    || case
        when reasons.change_part in ('volume', 'price', 'mix') and meters.sku_meter is not null
            then ', most of all ' || meters.sku_meter
        else ''
    end as change_reason
from reasons
left join meters
    on
        reasons.comparison = meters.comparison
        and reasons.period_month = meters.period_month
        and reasons.scope_type = meters.scope_type
        and reasons.scope_id = meters.scope_id
        and {{ same('reasons.service_provider_name', 'meters.service_provider_name') }}
        and reasons.service_name = meters.service_name
