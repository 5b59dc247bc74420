-- The ten services that moved a scope's cost most, up or down, each with the part that moved it most, and the meter
-- that has most to do with that very part; meters that are billed in several currencies compare in the planning one.
{% set words = {
    'volume': 'quantity used',
    'price': 'unit prices',
    'mix': 'what is used of it: other SKUs than before',
    'new_usage': 'other things of it are used than before',
    'gone_usage': 'things of it are no longer used',
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
        reasons.comparison,
        reasons.period_month,
        reasons.scope_type,
        reasons.scope_id,
        reasons.currency,
        reasons.mover_rank,
        effects.sku_meter
    from reasons
    inner join {{ ref('fct_bridge_price_effects') }} as effects
        on
            reasons.comparison = effects.comparison
            and reasons.period_month = effects.period_month
            and reasons.scope_type = effects.scope_type
            and reasons.scope_id = effects.scope_id
            and {{ same('reasons.service_provider_name', 'effects.service_provider_name') }}
            and reasons.service_name = effects.service_name
    {{ beside_rate_of('rates', 'reasons.period_month', 'effects.billing_currency', 'reasons.currency') }}
    where
        reasons.change_part in ({{ for_each(price_parts(), "'{}'") }})
        and (reasons.currency = effects.billing_currency or rates.exchange_rate is not null)
    qualify row_number() over (
        partition by
            reasons.comparison, reasons.period_month, reasons.scope_type, reasons.scope_id, reasons.currency,
            reasons.mover_rank
        order by
            sign(reasons.change_cost) * case reasons.change_part
                {%- for part in price_parts() %}
                    when '{{ part }}' then effects.{{ part }}_change_cost
                {%- endfor %}
            end * coalesce(rates.exchange_rate, 1) desc,
            effects.sku_meter asc
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
    meters.sku_meter,
    case reasons.change_part
        {%- for part, text in words.items() %}
            when '{{ part }}' then '{{ text }}'
        {%- endfor %}
    end
    || coalesce(', most of all ' || meters.sku_meter, '') as change_reason
from reasons
left join meters
    on
        reasons.comparison = meters.comparison
        and reasons.period_month = meters.period_month
        and reasons.scope_type = meters.scope_type
        and reasons.scope_id = meters.scope_id
        and reasons.currency = meters.currency
        and reasons.mover_rank = meters.mover_rank
