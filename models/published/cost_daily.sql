select
    cost.*,
    rates.reporting_currency,
    {{ converted('cost.billed_cost', 'rates.exchange_rate') }} as reporting_billed_cost,
    {{ converted('cost.effective_cost', 'rates.exchange_rate') }} as reporting_effective_cost
from {{ ref('fct_cost_daily') }} as cost
left join {{ ref('fct_reporting_rates') }} as rates
    on {{ same_rate('cost', 'rates') }}
