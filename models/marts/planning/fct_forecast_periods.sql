-- Where the open fiscal period, quarter and year will end: cost so far by the day of the charge, what comes late for
-- days that are over, and the forecast of the days ahead. Of the range of a month a period has what it has of the cost
-- of its days ahead. A forecast that is off stays off, in part: months are added as if their errors were half alike,
-- which holds for totals as often as for months (`forecast_totals_hold`).
{% set share -%}
    coalesce({{ as_float('sum(days.expected_cost)') }} / nullif({{ as_float('max(days.month_cost)') }}, 0), 0)
{%- endset %}
with parts as (

    select
        costs.scope_type,
        costs.scope_id,
        costs.currency,
        costs.charge_date,
        costs.effective_cost as actual_cost,
        0 as cost_ahead
    from {{ ref('fct_scope_costs_daily') }} as costs
    inner join {{ ref('dim_open_periods') }} as periods
        on costs.charge_date <= periods.vintage_date and periods.period_type = 'fiscal_year'
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

),

days_ahead as (

    select
        *,
        {{ month_of('charge_date') }} as charge_month,
        sum(expected_cost) over (partition by scope_type, scope_id, currency, {{ month_of('charge_date') }})
            as month_cost
    from {{ ref('fct_forecasts_daily') }}

),

months_ahead as (

    select
        days.scope_type,
        days.scope_id,
        days.currency,
        periods.period_type,
        {{ as_float('max(months.upper_80_cost - months.expected_cost)') }} * {{ share }} as half_80,
        {{ as_float('max(months.upper_95_cost - months.expected_cost)') }} * {{ share }} as half_95
    from days_ahead as days
    inner join {{ ref('dim_open_periods') }} as periods
        on days.charge_date >= periods.period_start_date and days.charge_date < periods.period_end_date
    inner join {{ ref('fct_forecasts_monthly') }} as months
        on
            days.scope_type = months.scope_type
            and days.scope_id = months.scope_id
            and days.currency = months.currency
            and days.charge_month = months.charge_month
    group by days.scope_type, days.scope_id, days.currency, periods.period_type, days.charge_month

),

ranges as (

    select
        scope_type,
        scope_id,
        currency,
        period_type,
        {{ money('round(' ~ added_half_widths('half_80') ~ ', 2)') }} as half_80_cost,
        {{ money('round(' ~ added_half_widths('half_95') ~ ', 2)') }} as half_95_cost
    from months_ahead
    group by scope_type, scope_id, currency, period_type

),

totals as (

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
    inner join {{ ref('dim_open_periods') }} as periods
        on parts.charge_date >= periods.period_start_date and parts.charge_date < periods.period_end_date
    group by
        parts.scope_type, parts.scope_id, parts.currency, periods.period_type, periods.period_start_date,
        periods.period_end_date, periods.vintage_date

)

select
    totals.*,
    totals.expected_cost - ranges.half_80_cost as lower_80_cost,
    totals.expected_cost + ranges.half_80_cost as upper_80_cost,
    totals.expected_cost - ranges.half_95_cost as lower_95_cost,
    totals.expected_cost + ranges.half_95_cost as upper_95_cost
from totals
left join ranges
    on
        totals.scope_type = ranges.scope_type
        and totals.scope_id = ranges.scope_id
        and totals.currency = ranges.currency
        and totals.period_type = ranges.period_type
