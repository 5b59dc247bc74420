-- When each source can be expected to say more: after its usual step between days with charges (fees come on one day a
-- month) and between its deliveries. The usual step is the second longest of the last ones, so that one outage, or the
-- first load of a long past, is no habit. Who never delivered a month before its end bills whole months.
with charges as (

    select
        source_name,
        service_provider_name,
        charge_date,
        sum(abs(effective_cost)) as cost
    from {{ ref('fct_cost_daily') }}
    group by source_name, service_provider_name, charge_date

),

seen as (

    select
        source_name,
        'charges' as clock,
        charge_date as seen_date
    from charges
    union distinct
    select
        source_name,
        'deliveries' as clock,
        cast(loaded_at as date) as seen_date
    from {{ ref('delivery_ledger') }}
    where is_bill and sequence is not null

),

steps as (

    select
        *,
        {{ date_difference('lag(seen_date) over (partition by source_name, clock order by seen_date)', 'seen_date') }}
            as step_days,
        row_number() over (partition by source_name, clock order by seen_date desc) as place
    from seen
    where seen_date <= cast({{ as_of() }} as date)

),

usual as (

    select
        source_name,
        clock,
        step_days
    from steps
    where step_days is not null and place <= case clock when 'charges' then 60 else 5 end
    qualify row_number() over (partition by source_name, clock order by step_days desc) = case
        when clock = 'charges' then least(count(*) over (partition by source_name, clock), 2)
        else 2
    end

),

deliveries as (

    select
        source_name,
        max(storage_bucket) as storage_bucket,
        max(cast(least(loaded_at, coalesce(provider_stamp, loaded_at)) as date)) as last_delivery_date,
        min({{ date_difference(next_month('billing_month'), 'cast(coalesce(provider_stamp, loaded_at) as date)') }})
            as least_days_after_month
    from {{ ref('delivery_ledger') }}
    where is_bill and sequence is not null
    group by source_name

),

providers as (

    select
        source_name,
        service_provider_name
    from charges
    group by source_name, service_provider_name
    qualify row_number() over (
        partition by source_name
        order by sum(cost) desc, service_provider_name asc
    ) = 1

),

clocks as (

    select
        last_charges.source_name,
        last_charges.seen_date as last_charge_date,
        providers.service_provider_name,
        deliveries.storage_bucket,
        deliveries.last_delivery_date,
        coalesce(by_charges.step_days, 1) as charge_step_days,
        case
            when by_deliveries.step_days is not null then by_deliveries.step_days
            when
                deliveries.least_days_after_month >= 0
                and extract(day from {{ add_days('last_charges.seen_date', 1) }}) = 1
                then 31
            else 1
        end as delivery_step_days
    from steps as last_charges
    inner join providers on last_charges.source_name = providers.source_name
    left join deliveries on last_charges.source_name = deliveries.source_name
    left join usual as by_charges on last_charges.source_name = by_charges.source_name and by_charges.clock = 'charges'
    left join usual as by_deliveries
        on last_charges.source_name = by_deliveries.source_name and by_deliveries.clock = 'deliveries'
    where last_charges.clock = 'charges' and last_charges.place = 1

)

select
    source_name,
    service_provider_name,
    storage_bucket,
    last_charge_date,
    last_delivery_date,
    cast(charge_step_days as bigint) as charge_step_days,
    cast(delivery_step_days as bigint) as delivery_step_days,
    greatest(
        {{ add_days('last_charge_date', 'charge_step_days') }},
        case
            when delivery_step_days > 1 then {{ add_days('last_delivery_date', 'delivery_step_days') }}
            else {{ add_days('last_charge_date', 1) }}
        end
    ) as expected_date
from clocks
