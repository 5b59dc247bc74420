-- Days of cost or budget for which a delivered fiscal calendar has no period, or two. Without any calendar there is
-- nothing to find: the calendar year is the fiscal year then.
with planned as (

    select
        min(start_date) as first_date,
        max(end_date) as end_date
    from {{ ref('int_fiscal_periods') }}

),

needed as (

    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from (
        {{ cost_and_budget_spans() }}
    ) as spans

),

uncovered as (

    select
        calendar.calendar_date,
        case
            when calendar.calendar_date < planned.first_date or calendar.calendar_date >= planned.end_date
                then 'not_delivered'
            else 'hole'
        end as reason
    from {{ ref('dim_fiscal_calendar') }} as calendar
    cross join planned
    cross join needed
    where
        calendar.calendar_source = 'calendar_month'
        and planned.first_date is not null
        and (
            calendar.calendar_date between needed.first_date and needed.last_date
            or (calendar.calendar_date >= planned.first_date and calendar.calendar_date < planned.end_date)
        )

),

islands as (

    select
        *,
        {{ date_difference("date '1900-01-01'", 'calendar_date') }}
        - row_number() over (partition by reason order by calendar_date) as island
    from uncovered

)

select
    min(calendar_date) as start_date,
    {{ add_days('max(calendar_date)', 1) }} as end_date,
    reason
from islands
group by reason, island
union all
select
    later.start_date,
    least(earlier.end_date, later.end_date) as end_date,
    'overlap' as reason
from {{ ref('int_fiscal_periods') }} as earlier
inner join {{ ref('int_fiscal_periods') }} as later
    on
        earlier.end_date > later.start_date
        and (
            earlier.start_date < later.start_date
            or (earlier.start_date = later.start_date and earlier.fiscal_period < later.fiscal_period)
        )
