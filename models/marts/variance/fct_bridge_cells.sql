-- The two months of each pair side by side, price by price, as every scope sees them. What moved between owners is a
-- row of its own kind on both sides of the move.
{% set moves = [
    ('business_unit', 'business_unit', 'false'),
    ('business_unit', 'former_business_unit', 'true'),
    ('team', 'team', 'false'),
    ('team', 'former_team', 'true'),
] %}
{% set columns = [
    'comparison', 'period_month', 'is_former', 'service_provider_name', 'service_name', 'billing_currency', 'cost_kind',
    'price_key', 'pricing_unit', 'sku_meter', 'pricing_quantity', 'usage_cost', 'commitment_effect_cost',
    'effective_cost'
] %}
{% set measures = ['pricing_quantity', 'usage_cost', 'commitment_effect_cost', 'effective_cost'] %}
with unconverted as (

    select distinct
        source_name,
        billing_month
    from {{ ref('fct_reporting_rates') }}
    where exchange_rate is null

),

sides as (

    select sides.*
    from {{ ref('int_bridge_sides') }} as sides
    left join unconverted
        on sides.source_name = unconverted.source_name and sides.billing_month = unconverted.billing_month
    where unconverted.source_name is null

),

seen as (

    {{ seen_from(bridge_scopes(), 'sides', columns) }}
    union all
    {% for scope_type, scope_id, is_giving in moves %}
        select
            comparison, period_month, {{ is_giving }} as is_former, service_provider_name, service_name,
            billing_currency, 'ownership' as cost_kind, null as price_key, null as pricing_unit, null as sku_meter,
            null as pricing_quantity, null as usage_cost, null as commitment_effect_cost, effective_cost,
            '{{ scope_type }}' as scope_type,
            coalesce({{ scope_id }}, {{ unknown_scope() }}) as scope_id
        from sides
        where is_former and coalesce({{ scope_type }}, '') <> coalesce(former_{{ scope_type }}, '')
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    comparison,
    period_month,
    scope_type,
    scope_id,
    service_provider_name,
    service_name,
    billing_currency,
    cost_kind,
    price_key,
    pricing_unit,
    max(sku_meter) as sku_meter,
    {{ for_each(measures, money('sum(case when is_former then coalesce({}, 0) else 0 end)') ~ ' as former_{}') }},
    {{ for_each(measures, money('sum(case when is_former then 0 else coalesce({}, 0) end)') ~ ' as {}') }}
from seen
group by
    comparison, period_month, scope_type, scope_id, service_provider_name, service_name, billing_currency, cost_kind,
    price_key, pricing_unit
