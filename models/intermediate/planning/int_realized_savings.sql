-- What a recommendation saves in each of the twelve months after it was put into effect, as it was measured; and the
-- team that worked on it, if its worklogs name exactly one.
with workers as (

    select
        recommendation_id,
        case when count(distinct team) = 1 then max(team) end as team
    from {{ ref('stg_facts__worklogs') }}
    where recommendation_id is not null
    group by recommendation_id

),

months as (

    select
        recommendations.recommendation_id,
        recommendations.currency,
        recommendations.realized_monthly_savings_cost,
        {{ add_months(month_of('recommendations.implemented_date'), 'number') }} as saving_month
    from {{ ref('stg_facts__recommendations') }} as recommendations,
        unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) as number
    where
        recommendations.recommendation_status in ('implemented', 'verified')
        and recommendations.realized_monthly_savings_cost is not null

)

select
    months.saving_month,
    months.currency,
    workers.team,
    sum(months.realized_monthly_savings_cost) as realized_savings_cost
from months
left join workers on months.recommendation_id = workers.recommendation_id
group by months.saving_month, months.currency, workers.team
