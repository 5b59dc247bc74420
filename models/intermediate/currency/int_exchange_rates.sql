-- Every rate in both directions; a delivered rate counts before the inverse of the opposite one.
with directions as (

    select
        rate_date,
        from_currency,
        to_currency,
        rate as exchange_rate,
        1 as preference
    from {{ ref('stg_facts__exchange_rates') }}
    union all
    select
        rate_date,
        to_currency as from_currency,
        from_currency as to_currency,
        {{ exact_rate('1 / rate') }} as exchange_rate,
        2 as preference
    from {{ ref('stg_facts__exchange_rates') }}

)

select
    rate_date,
    from_currency,
    to_currency,
    exchange_rate
from directions
qualify row_number() over (
    partition by rate_date, from_currency, to_currency
    order by preference, exchange_rate
) = 1
