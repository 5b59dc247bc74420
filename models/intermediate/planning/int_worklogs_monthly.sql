-- Hours of work on cost by team and month, with what those hours cost where their price is known.
select
    team,
    {{ month_of('work_date') }} as work_month,
    currency,
    sum(hours) as hours,
    sum(case when hourly_cost is null then hours else 0 end) as unpriced_hours,
    {{ money('sum(round(hours * hourly_cost, 9))') }} as labor_cost,
    count(distinct person_id) as person_count
from {{ ref('stg_facts__worklogs') }}
group by team, {{ month_of('work_date') }}, currency
