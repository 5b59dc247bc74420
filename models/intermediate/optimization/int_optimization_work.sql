-- What the work on optimization cost in a month: hours at their rate. A month with an hour without a rate is not known.
select
    {{ month_of('work_date') }} as work_month,
    currency,
    case
        when countif(hourly_cost is null) = 0 then sum({{ money('round(hours * hourly_cost, 9)') }})
    end as work_cost
from {{ ref('stg_facts__worklogs') }}
where activity = 'optimization' or recommendation_id is not null
group by {{ month_of('work_date') }}, currency
