-- What is known to change the cost of a day, from three places. A commitment that ends gives up what it has been saving
-- on a day of its last thirty; one that has not ended yet, of the last thirty that are known.
with ends as (

    select
        told.service_provider_name,
        told.commitment_discount_id,
        told.end_date,
        least(told.end_date, {{ add_days('clock.complete_through_date', 1) }}) as known_end_date
    from {{ ref('int_commitment_ends') }} as told
    cross join {{ ref('dim_cost_clock') }} as clock

),

endings as (

    select
        commitments.service_provider_name,
        commitments.commitment_discount_id,
        commitments.billing_currency,
        ends.end_date,
        sum(commitments.savings_cost) as savings_cost
    from {{ ref('fct_commitments_daily') }} as commitments
    inner join ends
        on
            commitments.service_provider_name = ends.service_provider_name
            and commitments.commitment_discount_id = ends.commitment_discount_id
    where
        commitments.charge_date >= {{ add_days('ends.known_end_date', -30) }}
        and commitments.charge_date < ends.known_end_date
    group by
        commitments.service_provider_name, commitments.commitment_discount_id, commitments.billing_currency,
        ends.end_date

)

select
    'planned_change' as driver_type,
    change_id as driver_id,
    scope_type,
    scope_id,
    currency,
    start_date,
    end_date,
    {{ money('daily_change_cost') }} as daily_change_cost,
    probability_share
from {{ ref('int_planned_steps') }}
union all
select
    'planned_saving' as driver_type,
    concat(service_provider_name, '/', recommendation_id) as driver_id,
    scope_type,
    scope_id,
    currency,
    start_date,
    cast(null as date) as end_date,
    daily_change_cost,
    probability_share
from {{ ref('int_planned_savings') }}
union all
select
    'commitment_end' as driver_type,
    commitment_discount_id as driver_id,
    'provider' as scope_type,
    service_provider_name as scope_id,
    billing_currency as currency,
    end_date as start_date,
    cast(null as date) as end_date,
    {{ money('savings_cost / 30') }} as daily_change_cost,
    {{ money('1') }} as probability_share
from endings
