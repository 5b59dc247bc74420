{{ config(materialized='table') }}

-- The newest rate that was known on the wanted day and is not too old: weekends have none of their own.
with wanted as (

    select
        billing_currency,
        reporting_currency,
        wanted_date,
        max(max_rate_age_days) as max_rate_age_days
    from {{ ref('int_rates_wanted') }}
    where billing_currency <> reporting_currency
    group by billing_currency, reporting_currency, wanted_date

)

select
    wanted.billing_currency,
    wanted.reporting_currency,
    wanted.wanted_date,
    rates.rate_date,
    rates.exchange_rate
from wanted
inner join {{ ref('int_exchange_rates') }} as rates
    on
        wanted.billing_currency = rates.from_currency
        and wanted.reporting_currency = rates.to_currency
        and wanted.wanted_date >= rates.rate_date
        and {{ date_difference('rates.rate_date', 'wanted.wanted_date') }} <= wanted.max_rate_age_days
qualify row_number() over (
    partition by wanted.billing_currency, wanted.reporting_currency, wanted.wanted_date
    order by rates.rate_date desc
) = 1
