-- Each recommendation as it stood at the end of each month since it was identified. Its owner counts as its team. It
-- saves in each of the twelve months after the one in which it was carried out.
with months as (

    select distinct posted_month from {{ ref('fct_cost_amortized_monthly') }}

)

select
    recommendations.service_provider_name,
    recommendations.recommendation_id,
    recommendations.recommendation_type,
    recommendations.sub_account_id,
    recommendations.service_name,
    recommendations.resource_id,
    recommendations.owner as team,
    recommendations.currency,
    months.posted_month,
    case
        when recommendations.reviewed_date < {{ next_month('months.posted_month') }} then recommendations.reviewed_date
    end as reviewed_date,
    recommendations.estimated_monthly_savings_cost,
    case
        when
            recommendations.recommendation_status in ('implemented', 'verified')
            and {{ month_of('recommendations.implemented_date') }} < months.posted_month
            and {{ month_of('recommendations.implemented_date') }} >= {{ add_months('months.posted_month', -12) }}
            then recommendations.realized_monthly_savings_cost
    end as realized_monthly_savings_cost,
    coalesce(recommendations.verified_date < {{ next_month('months.posted_month') }}, false) as is_verified,
    coalesce(recommendations.implemented_date < {{ next_month('months.posted_month') }}, false) as is_implemented,
    coalesce(recommendations.closed_date >= {{ next_month('months.posted_month') }}, true) as is_open,
    -- accepted, and not carried out yet
    recommendations.recommendation_status in ('accepted', 'implemented', 'verified')
    and coalesce(recommendations.decided_date < {{ next_month('months.posted_month') }}, false)
    and coalesce(recommendations.closed_date >= {{ next_month('months.posted_month') }}, true) as is_owed,
    coalesce(
        recommendations.reviewed_date < {{ next_month('months.posted_month') }}
        and recommendations.reviewed_date >= {{ add_days(next_month('months.posted_month'), -90) }},
        false
    ) as is_reviewed,
    coalesce(recommendations.reviewed_date <= recommendations.implemented_date, false) as is_reviewed_before,
    recommendations.is_automated,
    recommendations.link_channel is not null as is_linked
from {{ ref('int_recommendations') }} as recommendations
inner join months on recommendations.identified_date < {{ next_month('months.posted_month') }}
