-- When a day of California begins, for each day on which lines begin. Asked once a day: a time zone costs more than all
-- else that is computed of a line.
with days as (

    select cast(charge_period_start as date) as calendar_date
    from {{ ref('stg_gcp_billing__line_items') }}
    group by calendar_date

)

select
    calendar_date,
    {{ pacific_midnight('calendar_date') }} as pacific_start
from days
