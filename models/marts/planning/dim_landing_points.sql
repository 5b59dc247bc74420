-- The open month as it stands, and six months that are over as they stood on the same day of theirs and on the 15th:
-- what was expected then can be held against what came.
with clock as (

    select
        complete_through_date,
        open_month,
        first_month,
        {{ date_difference('open_month', 'complete_through_date') }} as days_known
    from {{ ref('dim_cost_clock') }}

),

months as (

    select
        clock.*,
        {{ add_months('clock.open_month', '-months_back') }} as landing_month,
        months_back
    from clock, unnest([0, 1, 2, 3, 4, 5, 6]) as months_back

),

points as (

    select
        months.*,
        {{ add_days('landing_month', 'days_known') }} as as_of_date
    from months
    union distinct
    select
        months.*,
        {{ add_days('landing_month', 14) }} as as_of_date
    from months
    where months_back > 0

)

select distinct
    landing_month,
    least(as_of_date, last_day(landing_month)) as as_of_date,
    last_day(landing_month) as last_date,
    months_back = 0 as is_open
from points
-- four weeks of cost tell the level
where months_back = 0 or {{ date_difference('first_month', 'as_of_date') }} >= 27
