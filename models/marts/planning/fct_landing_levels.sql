-- What the days ahead of a month will use, at the level of the last four weeks and by their weekdays.
with usage_days as (

    select
        scope_type,
        scope_id,
        currency,
        charge_date,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    where charge_category = 'Usage'
    group by scope_type, scope_id, currency, charge_date

),

recent as (

    select
        days.scope_type,
        days.scope_id,
        days.currency,
        points.landing_month,
        points.as_of_date,
        {{ weekday_of('days.charge_date') }} as weekday,
        count(*) as day_count,
        sum(days.billed_cost) as billed_cost,
        sum(days.billed_cost) - max(days.billed_cost) - min(days.billed_cost) as middle_billed_cost,
        sum(days.effective_cost) as effective_cost,
        sum(days.effective_cost) - max(days.effective_cost) - min(days.effective_cost) as middle_effective_cost
    from usage_days as days
    inner join {{ ref('dim_landing_points') }} as points
        on
            days.charge_date <= points.as_of_date
            and {{ date_difference('days.charge_date', 'points.as_of_date') }} < 28
    group by
        days.scope_type, days.scope_id, days.currency, points.landing_month, points.as_of_date,
        {{ weekday_of('days.charge_date') }}

),

ahead as (

    select
        points.landing_month,
        points.as_of_date,
        calendar.weekday,
        count(*) as days_ahead
    from {{ ref('dim_landing_points') }} as points
    inner join {{ ref('dim_fiscal_calendar') }} as calendar
        on
            points.landing_month = calendar.calendar_month
            and points.as_of_date < calendar.calendar_date
    group by points.landing_month, points.as_of_date, calendar.weekday

),

-- four times the cost of the days ahead, so that it is divided once. A scope used on fewer than all four of a weekday
-- is young, old or seldom used: then the plain average of four
levels as (

    select
        recent.scope_type,
        recent.scope_id,
        recent.currency,
        recent.landing_month,
        recent.as_of_date,
        sum(
            ahead.days_ahead
            * case when recent.day_count = 4 then 2 * recent.middle_billed_cost else recent.billed_cost end
        ) as billed_cost,
        sum(
            ahead.days_ahead
            * case when recent.day_count = 4 then 2 * recent.middle_effective_cost else recent.effective_cost end
        ) as effective_cost
    from recent
    inner join ahead
        on
            recent.landing_month = ahead.landing_month
            and recent.as_of_date = ahead.as_of_date
            and recent.weekday = ahead.weekday
    group by recent.scope_type, recent.scope_id, recent.currency, recent.landing_month, recent.as_of_date

)

select
    scope_type,
    scope_id,
    currency,
    landing_month,
    as_of_date,
    'billed_cost' as cost_metric,
    {{ quarter_of('billed_cost') }} as usage_cost_ahead
from levels
union all
select
    scope_type,
    scope_id,
    currency,
    landing_month,
    as_of_date,
    'effective_cost' as cost_metric,
    {{ quarter_of('effective_cost') }} as usage_cost_ahead
from levels
