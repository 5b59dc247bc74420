-- How far the cost is whole. The last day of a source is still being written, unless it ends a month that is over.
-- Sources that bill by the day count; one that has fallen silent for a week does not hold back the others.
with used as (

    select distinct
        {{ booked_source('source_name') }} as source_name,
        charge_date
    from {{ ref('fct_cost_daily') }}
    where charge_category = 'Usage'

),

newest as (

    select
        source_name,
        max(charge_date) as last_date
    from used
    group by source_name

),

sources as (

    select
        newest.source_name,
        newest.last_date,
        count(*) as recent_days,
        max(newest.last_date) over () as newest_date
    from used
    inner join newest
        on
            used.source_name = newest.source_name
            and {{ date_difference('used.charge_date', 'newest.last_date') }} < 30
    group by newest.source_name, newest.last_date

),

ends as (

    select
        case
            when
                last_date = last_day(last_date)
                and {{ date_difference('last_date', 'cast(' ~ as_of() ~ ' as date)') }} > 2
                then last_date
            else {{ add_days('last_date', -1) }}
        end as whole_until_date,
        recent_days >= 20 and {{ date_difference('last_date', 'newest_date') }} <= 7 as is_daily
    from sources

),

clock as (

    select coalesce(min(case when is_daily then whole_until_date end), max(whole_until_date)) as complete_through_date
    from ends

),

costs as (

    select min(posted_month) as first_month
    from {{ ref('fct_cost_daily') }}

)

select
    clock.complete_through_date,
    {{ month_of(add_days('clock.complete_through_date', 1)) }} as open_month,
    costs.first_month
from clock
cross join costs
where clock.complete_through_date is not null
