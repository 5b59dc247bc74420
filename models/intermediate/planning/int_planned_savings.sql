-- Savings that were decided and are not there yet, as steps of the daily cost: what was promised, as likely as what was
-- promised before came true. Where nothing has come true yet, nothing is expected.
with recommendations as (

    select
        *,
        recommendation_status in ('implemented', 'verified') as is_implemented,
        coalesce(decided_date, reviewed_date, identified_date) as agreed_date
    from {{ ref('stg_facts__recommendations') }}

),

experience as (

    select
        currency,
        sum(case when realized_monthly_savings_cost is not null then estimated_monthly_savings_cost end)
            as promised_cost,
        sum(realized_monthly_savings_cost) as realized_cost,
        avg({{ date_difference('agreed_date', 'implemented_date') }}) as usual_days
    from recommendations
    where is_implemented
    group by currency

),

planned as (

    select
        recommendations.recommendation_id,
        recommendations.service_provider_name,
        recommendations.sub_account_id,
        recommendations.service_name,
        recommendations.region_id,
        recommendations.currency,
        {{ add_days('recommendations.agreed_date', 'cast(coalesce(experience.usual_days, 30) as bigint)') }}
            as start_date,
        -{{ money('recommendations.estimated_monthly_savings_cost * 12 / 365') }} as daily_change_cost,
        greatest(
            coalesce({{ ratio('experience.realized_cost', 'experience.promised_cost') }}, {{ money('0') }}),
            {{ money('0') }}
        ) as probability_share
    from recommendations
    left join experience on recommendations.currency = experience.currency
    where recommendations.recommendation_status = 'accepted'

)

{% set scopes = {
    'provider': 'service_provider_name', 'sub_account': 'sub_account_id', 'service': 'service_name',
    'region': 'region_id',
} %}
{% for scope_type, scope_id in scopes.items() %}
    select
        service_provider_name,
        recommendation_id,
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        currency,
        start_date,
        daily_change_cost,
        probability_share
    from planned
    where {{ scope_id }} is not null
    {% if not loop.last %}union all{% endif %}
{% endfor %}
