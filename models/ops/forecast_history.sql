-- Every forecast that was ever published: what former publications said, kept for ever, and what is new in this build.
-- Months as far as they go, days of the first month ahead. A forecast that says the same again is no new one.
{% set bounds = ['expected_cost', 'lower_80_cost', 'upper_80_cost', 'lower_95_cost', 'upper_95_cost'] %}
{% set said = [
    'period_grain', 'period_start', 'vintage_date', 'scope_type', 'scope_id', 'currency', 'lead_months',
    'forecast_method'
] + bounds %}
with known as (

    select * from {{ source('raw', 'forecast_vintages') }}

),

present as (

    select
        'month' as period_grain,
        charge_month as period_start,
        vintage_date,
        scope_type,
        scope_id,
        currency,
        lead_months,
        forecast_method,
        {{ bounds | join(', ') }}
    from {{ ref('fct_forecasts_monthly') }}
    union all
    select
        'day' as period_grain,
        charge_date as period_start,
        vintage_date,
        scope_type,
        scope_id,
        currency,
        case when {{ month_of('charge_date') }} = {{ month_of('vintage_date') }} then 0 else 1 end as lead_months,
        forecast_method,
        {{ bounds | join(', ') }}
    from {{ ref('fct_forecasts_daily') }}
    where charge_date <= {{ add_days('vintage_date', 31) }}

),

fresh as (

    select present.*
    from present
    left join known
        on {{ for_each(said, 'present.{} = known.{}', ' and ') }}
    where known.scope_type is null

)

select
    publication_id as vintage_id,
    known_start,
    {{ said | join(', ') }}
from known
union all
select
    '{{ publication_id() }}' as vintage_id,
    {{ publication_moment() }} as known_start,
    {{ said | join(', ') }}
from fresh
