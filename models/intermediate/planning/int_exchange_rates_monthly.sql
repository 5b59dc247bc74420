-- What money is worth in another currency on average over the days of a month that have a rate.
select
    {{ month_of('rate_date') }} as rate_month,
    from_currency,
    to_currency,
    {{ exact_rate('sum(exchange_rate) / count(*)') }} as exchange_rate
from {{ ref('int_exchange_rates') }}
group by {{ month_of('rate_date') }}, from_currency, to_currency
