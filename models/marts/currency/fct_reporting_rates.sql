-- The rate of every charge into the reporting currency, for closed months that of the close. A period of a source with
-- a rate missing has none at all: half a month in another currency would be read as a whole one. A number that came
-- after the close does not change the rate of what had none then.
with rates as (

    select
        wanted.source_name,
        wanted.billing_account_id,
        wanted.billing_month,
        wanted.billing_currency,
        wanted.invoice_id,
        wanted.charge_date,
        wanted.reporting_currency,
        wanted.wanted_date,
        case
            when wanted.billing_currency = wanted.reporting_currency then wanted.wanted_date
            else coalesce(closed.rate_date, found.rate_date)
        end as rate_date,
        case
            when wanted.billing_currency = wanted.reporting_currency then {{ exact_rate('1') }}
            else coalesce(closed.exchange_rate, found.exchange_rate)
        end as found_rate
    from {{ ref('int_rates_wanted') }} as wanted
    left join {{ ref('int_rates_found') }} as found
        on
            wanted.billing_currency = found.billing_currency
            and wanted.reporting_currency = found.reporting_currency
            and wanted.wanted_date = found.wanted_date
    left join {{ ref('int_closed_rates') }} as closed
        on
            {{ same_rated_day('wanted', 'closed') }}
            and coalesce(closed.invoice_id, wanted.invoice_id, '') = coalesce(wanted.invoice_id, '')
            and wanted.reporting_currency = closed.reporting_currency
    qualify row_number() over (
        partition by
            wanted.source_name, wanted.billing_account_id, wanted.billing_month, wanted.billing_currency,
            wanted.invoice_id, wanted.charge_date, wanted.reporting_currency
        order by case when closed.invoice_id is null then 1 else 0 end
    ) = 1

)

select
    source_name,
    billing_account_id,
    billing_month,
    billing_currency,
    invoice_id,
    charge_date,
    reporting_currency,
    wanted_date,
    rate_date,
    found_rate is null as is_missing,
    case
        when countif(found_rate is null) over (partition by source_name, billing_month) = 0 then found_rate
    end as exchange_rate
from rates
