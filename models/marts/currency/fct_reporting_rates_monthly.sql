-- The average rate of a month, for money that is known by the month alone.
with days as (

    select distinct
        billing_currency,
        reporting_currency,
        charge_date,
        exchange_rate
    from {{ ref('fct_reporting_rates') }}

)

select
    billing_currency,
    reporting_currency,
    {{ month_of('charge_date') }} as charge_month,
    case when count(exchange_rate) > 0 then {{ exact_rate('sum(exchange_rate) / count(exchange_rate)') }} end
        as exchange_rate
from days
where reporting_currency is not null
group by billing_currency, reporting_currency, {{ month_of('charge_date') }}
