-- Each budget beside the run-rate before it: the average of the three months before the budgeted one, or before the
-- open one if that comes first, and of fewer where the scope is younger. Without any there is no growth to judge.
with posted as (

    select
        scope_type,
        scope_id,
        currency,
        posted_month,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id, currency, posted_month

),

budgets as (

    select
        months.*,
        least(months.budget_month, clock.open_month) as rate_month
    from {{ ref('fct_budget_months') }} as months
    cross join {{ ref('dim_cost_clock') }} as clock

),

rates as (

    select
        budgets.budget_version,
        budgets.scope_type,
        budgets.scope_id,
        budgets.budget_month,
        budgets.currency,
        budgets.cost_metric,
        max(budgets.budget_cost) as budget_cost,
        {{ ratio(
            "sum(case when budgets.cost_metric = 'billed_cost' then posted.billed_cost else posted.effective_cost end)",
            'count(posted.posted_month)'
        ) }} as run_rate_cost
    from budgets
    left join posted
        on
            budgets.scope_type = posted.scope_type
            and budgets.scope_id = posted.scope_id
            and budgets.currency = posted.currency
            and budgets.rate_month > posted.posted_month
            and {{ add_months('budgets.rate_month', -3) }} <= posted.posted_month
    group by
        budgets.budget_version, budgets.scope_type, budgets.scope_id, budgets.budget_month, budgets.currency,
        budgets.cost_metric

)

select
    rates.budget_version,
    rates.scope_type,
    rates.scope_id,
    rates.budget_month,
    rates.currency,
    rates.cost_metric,
    {{ money('rates.budget_cost') }} as budget_cost,
    rates.run_rate_cost,
    {{ ratio('rates.budget_cost - rates.run_rate_cost', 'rates.run_rate_cost') }} as growth_share,
    tolerances.max_growth_share,
    {{ money('rates.run_rate_cost + round(rates.run_rate_cost * tolerances.max_growth_share, 9)') }} as allowed_cost
from rates
inner join {{ ref('fct_budget_tolerances') }} as tolerances
    on
        rates.scope_type = tolerances.scope_type
        and rates.scope_id = tolerances.scope_id
        and rates.budget_month = tolerances.budget_month
