-- Every day on which cost falls or that is planned, with its fiscal period. A day that no delivered period covers has
-- its calendar month instead, and says so; it never counts into a delivered quarter or year.
with known as (

    {{ cost_and_budget_spans() }}
    union all
    select
        min(start_date) as first_date,
        max({{ add_days('end_date', -1) }}) as last_date
    from {{ ref('int_fiscal_periods') }}

),

span as (

    select
        cast({{ dbt.date_trunc('year', 'min(first_date)') }} as date) as first_date,
        {{ add_days(add_months('cast(' ~ dbt.date_trunc('year', 'max(last_date)') ~ ' as date)', 12), -1) }}
            as last_date
    from known

),

days as (

    select
        day as calendar_date,
        {{ weekday_of('day') }} as weekday,
        {{ month_of('day') }} as calendar_month,
        cast({{ dbt.date_trunc('quarter', 'day') }} as date) as calendar_quarter_start_date,
        cast({{ dbt.date_trunc('year', 'day') }} as date) as calendar_year_start_date
    from span, unnest({{ days_between('first_date', 'last_date') }}) as day

)

select
    days.calendar_date,
    cast(days.weekday as bigint) as weekday,
    days.weekday <= 5 as is_working_day,
    days.calendar_month,
    coalesce(periods.fiscal_year, extract(year from days.calendar_date)) as fiscal_year,
    coalesce(periods.fiscal_quarter, extract(quarter from days.calendar_date)) as fiscal_quarter,
    coalesce(periods.fiscal_period, extract(month from days.calendar_date)) as fiscal_period,
    coalesce(periods.fiscal_period_name, substr(cast(days.calendar_month as string), 1, 7)) as fiscal_period_name,
    coalesce(periods.start_date, days.calendar_month) as fiscal_period_start_date,
    coalesce(periods.end_date, {{ next_month('days.calendar_month') }}) as fiscal_period_end_date,
    coalesce(periods.quarter_start_date, days.calendar_quarter_start_date) as fiscal_quarter_start_date,
    coalesce(periods.quarter_end_date, {{ add_months('days.calendar_quarter_start_date', 3) }})
        as fiscal_quarter_end_date,
    coalesce(periods.year_start_date, days.calendar_year_start_date) as fiscal_year_start_date,
    coalesce(periods.year_end_date, {{ add_months('days.calendar_year_start_date', 12) }}) as fiscal_year_end_date,
    case when periods.start_date is null then 'calendar_month' else 'delivered' end as calendar_source
from days
left join {{ ref('int_fiscal_periods') }} as periods
    on days.calendar_date >= periods.start_date and days.calendar_date < periods.end_date
-- the front door refuses overlaps; should one come another way, the later period counts and budget_checks tells it
qualify row_number() over (partition by days.calendar_date order by periods.start_date desc) = 1
