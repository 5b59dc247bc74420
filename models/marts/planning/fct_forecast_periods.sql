-- Where the open fiscal period, quarter and year will end: cost so far by the day of the charge, what comes late for
-- days that are over, and the forecast of the days ahead.
with clock as (

    select max(vintage_date) as vintage_date from {{ ref('fct_forecast_methods') }}

),

today as (

    select
        clock.vintage_date,
        calendar.*
    from clock
    inner join {{ ref('dim_fiscal_calendar') }} as calendar
        on calendar.calendar_date = {{ add_days('clock.vintage_date', 1) }}

),

periods as (

    {% for period_type in ['fiscal_period', 'fiscal_quarter', 'fiscal_year'] %}
        select
            '{{ period_type }}' as period_type,
            {{ period_type }}_start_date as period_start_date,
            {{ period_type }}_end_date as period_end_date,
            vintage_date
        from today
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

parts as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.currency,
        costs.charge_date,
        costs.effective_cost as actual_cost,
        0 as cost_ahead
    from {{ ref('fct_scope_costs_daily') }} as costs
    inner join clock on costs.charge_date <= clock.vintage_date
    union all
    select
        scope_type,
        scope_id,
        currency,
        charge_date,
        0 as actual_cost,
        expected_cost as cost_ahead
    from {{ ref('fct_forecasts_daily') }}
    union all
    -- the open month has begun on the last day that is known
    select
        scope_type,
        scope_id,
        currency,
        vintage_date as charge_date,
        0 as actual_cost,
        late_cost as cost_ahead
    from {{ ref('fct_forecasts_monthly') }}
    where lead_months = 0

)

select
    parts.scope_type,
    parts.scope_id,
    parts.currency,
    periods.period_type,
    periods.period_start_date,
    periods.period_end_date,
    periods.vintage_date,
    {{ money('sum(parts.actual_cost)') }} as actual_cost,
    {{ money('sum(parts.actual_cost + parts.cost_ahead)') }} as expected_cost
from parts
inner join periods
    on parts.charge_date >= periods.period_start_date and parts.charge_date < periods.period_end_date
group by
    parts.scope_type, parts.scope_id, parts.currency, periods.period_type, periods.period_start_date,
    periods.period_end_date, periods.vintage_date
