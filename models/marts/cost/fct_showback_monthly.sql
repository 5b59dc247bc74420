-- What each team answers for, month by month, with its share of everything billed in that month and currency.
with showback as (

    select
        source_name,
        service_provider_name,
        posted_month,
        {{ month_of('charge_date') }} as charge_month,
        billing_currency,
        team,
        product,
        environment,
        cost_center,
        service_category,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost
    from {{ ref('fct_cost_daily') }}
    group by
        source_name, service_provider_name, posted_month, {{ month_of('charge_date') }}, billing_currency, team,
        product, environment, cost_center, service_category

)

select
    *,
    {{ ratio('effective_cost', 'sum(effective_cost) over (partition by posted_month, billing_currency)') }}
        as effective_cost_share
from showback
