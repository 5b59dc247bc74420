-- Where a month lands, by what is known on a day of it: cost to date, usage of the days ahead, and what else is still
-- to come. Of months that are over, what they landed at stands beside it.
with costs as (

    select
        scope_type,
        scope_id,
        currency,
        charge_date,
        posted_month,
        'billed_cost' as cost_metric,
        billed_cost as cost
    from {{ ref('fct_scope_costs_daily') }}
    union all
    select
        scope_type,
        scope_id,
        currency,
        charge_date,
        posted_month,
        'effective_cost' as cost_metric,
        effective_cost as cost
    from {{ ref('fct_scope_costs_daily') }}

),

-- scopes with cost in the month or shortly before; of one that begins on a day that is not whole nothing is known yet
parts as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.currency,
        costs.cost_metric,
        points.landing_month,
        points.as_of_date,
        sum(case when costs.posted_month = points.landing_month then costs.cost end) as posted_cost,
        sum(
            case
                when costs.posted_month = points.landing_month and costs.charge_date <= points.as_of_date
                    then costs.cost
                else 0
            end
        ) as so_far_cost
    from costs
    inner join {{ ref('dim_landing_points') }} as points
        on
            costs.posted_month <= points.landing_month
            and costs.posted_month >= {{ add_months('points.landing_month', -1) }}
    group by
        costs.scope_type, costs.scope_id, costs.currency, costs.cost_metric, points.landing_month, points.as_of_date
    having min(costs.charge_date) <= points.as_of_date

)

select
    parts.scope_type,
    parts.scope_id,
    parts.currency,
    parts.cost_metric,
    parts.landing_month,
    parts.as_of_date,
    {{ money('parts.so_far_cost') }} as so_far_cost,
    {{ money('coalesce(levels.usage_cost_ahead, 0)') }} as usage_cost_ahead,
    {{ money('coalesce(fees.other_cost_ahead, 0)') }} as other_cost_ahead,
    {{ money('parts.so_far_cost + coalesce(levels.usage_cost_ahead, 0) + coalesce(fees.other_cost_ahead, 0)') }}
        as landing_cost,
    {{ money('parts.posted_cost') }} as posted_cost
from parts
left join {{ ref('fct_landing_levels') }} as levels
    on
        parts.scope_type = levels.scope_type
        and parts.scope_id = levels.scope_id
        and parts.currency = levels.currency
        and parts.cost_metric = levels.cost_metric
        and parts.landing_month = levels.landing_month
        and parts.as_of_date = levels.as_of_date
left join {{ ref('fct_landing_fees') }} as fees
    on
        parts.scope_type = fees.scope_type
        and parts.scope_id = fees.scope_id
        and parts.currency = fees.currency
        and parts.cost_metric = fees.cost_metric
        and parts.landing_month = fees.landing_month
        and parts.as_of_date = fees.as_of_date
