-- What besides usage is still to come in a month: fees, taxes and credits, of each kind the middle of the three months
-- before, less what has come already. Such charges are dated on the first and grow until the month is over.
with monthly as (

    select
        scope_type,
        scope_id,
        currency,
        charge_category,
        posted_month,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    where charge_category <> 'Usage' and posted_month = {{ month_of('charge_date') }}
    group by scope_type, scope_id, currency, charge_category, posted_month

),

by_metric as (

    select
        {{ all_but(['billed_cost', 'effective_cost']) }},
        'billed_cost' as cost_metric,
        billed_cost as cost
    from monthly
    union all
    select
        {{ all_but(['billed_cost', 'effective_cost']) }},
        'effective_cost' as cost_metric,
        effective_cost as cost
    from monthly

),

middles as (

    select
        by_metric.scope_type,
        by_metric.scope_id,
        by_metric.currency,
        by_metric.cost_metric,
        by_metric.charge_category,
        points.landing_month,
        points.as_of_date,
        -- of three the middle one; a month without such a charge counts as 0
        case
            when count(*) = 3 then sum(by_metric.cost) - max(by_metric.cost) - min(by_metric.cost)
            else sum(by_metric.cost) - greatest(max(by_metric.cost), 0) - least(min(by_metric.cost), 0)
        end as usual_cost
    from by_metric
    inner join {{ ref('dim_landing_points') }} as points
        on
            by_metric.posted_month < points.landing_month
            and by_metric.posted_month >= {{ add_months('points.landing_month', -3) }}
    group by
        by_metric.scope_type, by_metric.scope_id, by_metric.currency, by_metric.cost_metric,
        by_metric.charge_category, points.landing_month, points.as_of_date

),

known as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.currency,
        costs.charge_category,
        points.landing_month,
        points.as_of_date,
        sum(costs.billed_cost) as billed_cost,
        sum(costs.effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }} as costs
    inner join {{ ref('dim_landing_points') }} as points
        on costs.posted_month = points.landing_month and costs.charge_date <= points.as_of_date
    where costs.charge_category <> 'Usage' and costs.charge_date >= costs.posted_month
    group by
        costs.scope_type, costs.scope_id, costs.currency, costs.charge_category, points.landing_month,
        points.as_of_date

),

beside as (

    select
        middles.*,
        coalesce(
            case when middles.cost_metric = 'billed_cost' then known.billed_cost else known.effective_cost end, 0
        ) as known_cost
    from middles
    left join known
        on
            middles.scope_type = known.scope_type
            and middles.scope_id = known.scope_id
            and middles.currency = known.currency
            and middles.charge_category = known.charge_category
            and middles.landing_month = known.landing_month
            and middles.as_of_date = known.as_of_date

)

select
    scope_type,
    scope_id,
    currency,
    cost_metric,
    landing_month,
    as_of_date,
    {{ money('sum(
        case when usual_cost > 0 then greatest(usual_cost - known_cost, 0) else least(usual_cost - known_cost, 0) end
    )') }} as other_cost_ahead
from beside
where usual_cost <> 0
group by scope_type, scope_id, currency, cost_metric, landing_month, as_of_date
