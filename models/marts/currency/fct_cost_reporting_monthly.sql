-- Cost in the reporting currency, month by month, and what of its change is the exchange rate alone: the cost at its
-- own rates less the same cost at the average rate of the month before.
with costs as (

    select
        cost.source_name,
        cost.service_provider_name,
        cost.billing_account_id,
        cost.service_name,
        cost.team,
        cost.posted_month,
        {{ month_of('cost.charge_date') }} as charge_month,
        cost.billing_currency,
        rates.reporting_currency,
        sum(cost.billed_cost) as billed_cost,
        sum(cost.effective_cost) as effective_cost,
        sum({{ converted('cost.billed_cost', 'rates.exchange_rate') }}) as reporting_billed_cost,
        sum({{ converted('cost.effective_cost', 'rates.exchange_rate') }}) as reporting_effective_cost
    from {{ ref('fct_cost_daily') }} as cost
    inner join {{ ref('fct_reporting_rates') }} as rates
        on {{ same_rate('cost', 'rates') }}
    where rates.exchange_rate is not null
    group by
        cost.source_name, cost.service_provider_name, cost.billing_account_id, cost.service_name, cost.team,
        cost.posted_month, {{ month_of('cost.charge_date') }}, cost.billing_currency, rates.reporting_currency

)

select
    costs.*,
    former.exchange_rate as former_exchange_rate,
    {{ converted('costs.effective_cost', 'former.exchange_rate') }} as constant_rate_cost,
    costs.reporting_effective_cost - {{ converted('costs.effective_cost', 'former.exchange_rate') }} as fx_effect_cost
from costs
left join {{ ref('fct_reporting_rates_monthly') }} as former
    on
        costs.billing_currency = former.billing_currency
        and costs.reporting_currency = former.reporting_currency
        and costs.charge_month = {{ next_month('former.charge_month') }}
