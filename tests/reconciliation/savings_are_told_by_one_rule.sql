-- What recommendations save in a month is the same beside the hours of engineers and beside what they speak of.
with by_hours as (

    select
        saving_month as posted_month,
        currency,
        sum(realized_savings_cost) as realized_cost
    from {{ ref('int_realized_savings') }}
    group by saving_month, currency

),

by_recommendations as (

    select
        posted_month,
        currency,
        sum(realized_monthly_savings_cost) as realized_cost
    from {{ ref('fct_recommendations_monthly') }}
    group by posted_month, currency
    having count(realized_monthly_savings_cost) > 0

)

select
    by_recommendations.*,
    by_hours.realized_cost as other_realized_cost
from by_recommendations
left join by_hours
    on
        by_recommendations.posted_month = by_hours.posted_month
        and {{ same('by_recommendations.currency', 'by_hours.currency') }}
where by_recommendations.realized_cost <> coalesce(by_hours.realized_cost, 0)
