-- What was known when of the cost of each day: what former publications showed, kept for ever, and what is otherwise in
-- this one. A day that changes after it was whole has been delivered anew, or is amortized otherwise.
{% set day_key = 'source_name, service_name, billing_currency, charge_date' %}
with known as (

    select
        publication_id as vintage_id,
        known_start,
        {{ day_key }},
        value
    from {{ source('raw', 'day_totals') }}

),

present as (

    select
        {{ booked_source('source_name') }} as source_name,
        coalesce(service_name, {{ unknown_scope() }}) as service_name,
        billing_currency,
        charge_date,
        sum(effective_cost) as value
    from {{ ref('fct_cost_daily') }}
    where charge_category in ('Usage', 'Purchase')
    group by
        {{ booked_source('source_name') }}, coalesce(service_name, {{ unknown_scope() }}), billing_currency, charge_date

),

then_and_now as (

    select
        {{ day_key }},
        value as former_value,
        {{ money('null') }} as present_value
    from known
    qualify row_number() over (partition by {{ day_key }} order by vintage_id desc) = 1
    union all
    select
        {{ day_key }},
        {{ money('null') }} as former_value,
        value as present_value
    from present

),

changed as (

    select
        {{ day_key }},
        {{ money('coalesce(max(present_value), 0)') }} as value
    from then_and_now
    group by {{ day_key }}
    having coalesce(max(present_value), 0) is distinct from max(former_value)

)

select * from known
union all
select
    '{{ publication_id() }}' as vintage_id,
    {{ publication_moment() }} as known_start,
    {{ day_key }},
    value
from changed
