-- What is known to change the cost of a day, from three places. A commitment that ends gives up what it has been saving
-- on a day of its last thirty.
with endings as (

    select
        commitments.service_provider_name,
        commitments.commitment_discount_id,
        commitments.billing_currency,
        ends.end_date,
        sum(commitments.savings_cost) as savings_cost
    from {{ ref('fct_commitments_daily') }} as commitments
    inner join {{ ref('int_commitment_ends') }} as ends
        on
            commitments.service_provider_name = ends.service_provider_name
            and commitments.commitment_discount_id = ends.commitment_discount_id
    where
        commitments.charge_date >= {{ add_days('ends.end_date', -30) }}
        and commitments.charge_date < ends.end_date
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
