-- The change of a service's cost in the planning currency. The parts are taken at the rate of the former month, on an
-- average of its days; what is left of the change is the exchange rate's doing.
{% set former_rate = 'coalesce(former.exchange_rate, own.exchange_rate)' %}
{% set parts = bridge_parts() | reject('equalto', 'fx') | list %}
with changes as (

    select
        effects.comparison, effects.period_month, effects.scope_type, effects.scope_id,
        effects.service_provider_name, effects.service_name,
        coalesce(pairs.reporting_currency, effects.billing_currency) as currency,
        {{ money('0') }} as former_effective_cost,
        {{ money('0') }} as effective_cost,
        {{ for_each(parts, 'case when pairs.reporting_currency is null then effects.{}_change_cost else '
            ~ converted('effects.{}_change_cost', former_rate) ~ ' end as {}_change_cost') }}
    from {{ ref('fct_bridge_effects') }} as effects
    inner join {{ ref('int_bridge_pairs') }} as pairs
        on effects.comparison = pairs.comparison and effects.period_month = pairs.posted_month
    {{ beside_rate_of('former', 'pairs.former_month', 'effects.billing_currency', 'pairs.reporting_currency') }}
    {{ beside_rate_of('own', 'pairs.posted_month', 'effects.billing_currency', 'pairs.reporting_currency') }}
    union all
    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, currency,
        former_effective_cost,
        effective_cost,
        {{ for_each(parts, money('0') ~ ' as {}_change_cost') }}
    from {{ ref('fct_bridge_totals') }}

),

services as (

    select
        comparison, period_month, scope_type, scope_id, service_provider_name, service_name, currency,
        sum(former_effective_cost) as former_effective_cost,
        sum(effective_cost) as effective_cost,
        {{ for_each(parts, 'sum({}_change_cost) as {}_change_cost') }}
    from changes
    group by comparison, period_month, scope_type, scope_id, service_provider_name, service_name, currency

)

select
    *,
    effective_cost - former_effective_cost as change_cost,
    effective_cost - former_effective_cost - ({{ for_each(parts, '{}_change_cost', ' + ') }}) as fx_change_cost
from services
