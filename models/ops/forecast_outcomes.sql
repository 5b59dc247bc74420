-- What was expected of months that are over beside what came: by published forecasts, and by the backtest of every
-- method. Of several publications of one vintage the last counts.
with actuals as (

    select
        scope_type,
        scope_id,
        currency,
        {{ month_of('charge_date') }} as charge_month,
        sum(effective_cost) as actual_cost
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id, currency, {{ month_of('charge_date') }}

),

known as (

    select max(vintage_date) as last_date from {{ ref('fct_forecast_methods') }}

),

published as (

    select history.*
    from {{ ref('forecast_history') }} as history
    cross join known
    where
        history.period_grain = 'month'
        and {{ add_months('history.period_start', 1) }} <= {{ add_days('known.last_date', 1) }}
    qualify row_number() over (
        partition by history.scope_type, history.scope_id, history.currency, history.period_start, history.vintage_date
        order by history.vintage_id desc
    ) = 1

),

expected as (

    select
        'vintage' as forecast_basis,
        scope_type,
        scope_id,
        currency,
        forecast_method,
        true as is_champion,
        vintage_date,
        period_start as charge_month,
        lead_months,
        expected_cost,
        lower_80_cost,
        upper_80_cost,
        lower_95_cost,
        upper_95_cost
    from published
    union all
    select
        'backtest' as forecast_basis,
        scope_type,
        scope_id,
        currency,
        forecast_method,
        is_champion,
        vintage_date,
        charge_month,
        lead_months,
        expected_cost,
        lower_80_cost,
        upper_80_cost,
        lower_95_cost,
        upper_95_cost
    from {{ source('analysis', 'forecast_backtests') }}

)

select
    expected.*,
    {{ money('coalesce(actuals.actual_cost, 0)') }} as actual_cost
from expected
left join actuals
    on
        expected.scope_type = actuals.scope_type
        and expected.scope_id = actuals.scope_id
        and expected.currency = actuals.currency
        and expected.charge_month = actuals.charge_month
