-- What each service cost a scope in the two months of a pair, in the planning currency, day by day at its own rate; of
-- an open month and those it is held against, the same days.
{% set columns = [
    'comparison', 'period_month', 'is_former', 'service_provider_name', 'service_name', 'currency', 'effective_cost'
] %}
with costs as (

    select
        pairs.comparison,
        pairs.posted_month as period_month,
        cost.posted_month <> pairs.posted_month as is_former,
        cost.service_provider_name,
        coalesce(cost.service_name, {{ unknown_scope() }}) as service_name,
        cost.team,
        cost.business_unit,
        cost.currency,
        sum(cost.effective_cost) as effective_cost
    from {{ ref('fct_planning_costs_daily') }} as cost
    inner join {{ ref('int_bridge_pairs') }} as pairs
        on cost.posted_month in (pairs.posted_month, pairs.former_month)
    left join {{ ref('int_bridge_open_days') }} as open_days
        on
            pairs.posted_month = open_days.open_month
            and {{ same('cost.service_provider_name', 'open_days.service_provider_name') }}
    where
        not pairs.is_partial
        or {{ month_of('cost.charge_date') }} <> cost.posted_month
        or extract(day from cost.charge_date) <= open_days.last_day_number
    group by
        pairs.comparison, pairs.posted_month, cost.posted_month <> pairs.posted_month, cost.service_provider_name,
        coalesce(cost.service_name, {{ unknown_scope() }}), cost.team, cost.business_unit, cost.currency

),

seen as (
    {{ seen_from(bridge_scopes(), 'costs', columns) }}
)

select
    comparison,
    period_month,
    scope_type,
    scope_id,
    service_provider_name,
    service_name,
    currency,
    {{ money('sum(case when is_former then effective_cost else 0 end)') }} as former_effective_cost,
    {{ money('sum(case when is_former then 0 else effective_cost end)') }} as effective_cost
from seen
group by comparison, period_month, scope_type, scope_id, service_provider_name, service_name, currency
