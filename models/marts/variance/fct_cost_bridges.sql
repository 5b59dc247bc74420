-- The whole change of a scope: the bridges of its services, added.
select
    services.comparison,
    services.period_month,
    pairs.former_month,
    pairs.is_partial,
    services.scope_type,
    services.scope_id,
    services.currency,
    sum(services.former_effective_cost) as former_effective_cost,
    sum(services.effective_cost) as effective_cost,
    sum(services.change_cost) as change_cost,
    {{ for_each(bridge_parts(), 'sum(services.{}_change_cost) as {}_change_cost') }}
from {{ ref('fct_service_bridges') }} as services
inner join {{ ref('int_bridge_pairs') }} as pairs
    on services.comparison = pairs.comparison and services.period_month = pairs.posted_month
group by
    services.comparison, services.period_month, pairs.former_month, pairs.is_partial, services.scope_type,
    services.scope_id, services.currency
