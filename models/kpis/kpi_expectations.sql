-- What is still to come: budgets beside the forecast of the open month and those after it, and the next month's cost of
-- a unit. Of budgets for both kinds of cost the one for effective cost counts, which is what is forecast.
with planned as (

    select
        scope_type,
        scope_id,
        budget_month as period_start,
        currency,
        budget_cost
    from {{ ref('fct_budget_vs_actual') }}
    where budget_version = 'in_force' and month_state <> 'complete' and budget_cost is not null
    qualify row_number() over (
        partition by scope_type, scope_id, budget_month, currency
        order by cost_metric desc
    ) = 1

),

held as (

    select
        planned.*,
        planned.budget_cost - forecasts.expected_cost as left_cost
    from planned
    inner join {{ ref('fct_forecasts_monthly') }} as forecasts
        on
            planned.scope_type = forecasts.scope_type
            and planned.scope_id = forecasts.scope_id
            and planned.currency = forecasts.currency
            and planned.period_start = forecasts.charge_month

),

metrics as (

    select
        metric_id,
        max(metric_unit) as metric_unit
    from {{ ref('fct_unit_economics_monthly') }}
    group by metric_id

),

-- of several metrics that are no money the first by name, as the unit cost itself is told
units as (

    select
        forecasts.scope_type,
        forecasts.scope_id,
        forecasts.charge_month as period_start,
        forecasts.currency,
        forecasts.expected_cost,
        forecasts.expected_quantity
    from {{ ref('fct_unit_cost_forecasts') }} as forecasts
    inner join metrics on forecasts.metric_id = metrics.metric_id
    where forecasts.lead_months = 1 and metrics.metric_unit <> 'currency'
    qualify row_number() over (
        partition by forecasts.scope_type, forecasts.scope_id, forecasts.charge_month, forecasts.currency
        order by forecasts.metric_id
    ) = 1

)

{{ kpi_rows('held', [['budget_forecast_variance', 'effective_cost', 'left_cost', 'budget_cost']]) }}
union all
{{ kpi_rows('units', [['unit_cost_forecast', 'next_month', 'expected_cost', 'expected_quantity']]) }}
