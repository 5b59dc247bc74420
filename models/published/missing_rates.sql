-- What keeps a period out of the reporting currency; empty when every rate is there.
select
    source_name,
    billing_month,
    billing_currency,
    reporting_currency,
    min(wanted_date) as first_missing_date,
    max(wanted_date) as last_missing_date,
    cast(count(distinct wanted_date) as bigint) as missing_days
from {{ ref('fct_reporting_rates') }}
where is_missing
group by source_name, billing_month, billing_currency, reporting_currency
