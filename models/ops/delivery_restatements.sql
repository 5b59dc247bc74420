-- Each delivery against the one before it, service by service: what the provider changed after the fact. The first
-- delivery of a month restates nothing. Totals are those that the ledger keeps, also of deliveries long gone from raw;
-- they are what is billed (effective cost exists only after amortization: ask `totals_as_published` for it).
with deliveries as (

    select
        source_name,
        format,
        billing_month,
        delivery_id,
        state,
        sequence,
        loaded_at,
        lag(delivery_id) over (partition by source_name, billing_month order by sequence) as former_delivery_id
    from {{ source('raw', 'deliveries') }}
    where state in ('current', 'added', 'superseded') and is_bill

),

-- what a bill consisted of with each delivery: it alone, or all those that it added to
parts as (

    select
        deliveries.source_name,
        deliveries.format,
        deliveries.billing_month,
        deliveries.delivery_id,
        earlier.delivery_id as part_delivery_id
    from deliveries
    inner join deliveries as earlier
        on
            deliveries.source_name = earlier.source_name
            and deliveries.billing_month = earlier.billing_month
            and (
                deliveries.delivery_id = earlier.delivery_id
                or (earlier.state = 'added' and deliveries.sequence > earlier.sequence)
            )

),

service_costs as (

    select
        parts.source_name,
        parts.billing_month,
        parts.delivery_id,
        totals.billing_currency,
        coalesce(services.service_name, totals.service_name, 'Unknown') as service_name,
        sum(totals.row_count) as row_count,
        sum(totals.raw_cost) as cost
    from {{ source('raw', 'delivery_service_costs') }} as totals
    inner join parts
        on
            totals.source_name = parts.source_name
            and totals.billing_month = parts.billing_month
            and totals.delivery_id = parts.part_delivery_id
    left join {{ ref('int_service_names') }} as services
        on
            parts.format = services.format_name
            and lower(totals.service_name) = services.delivered_service_name
    group by
        parts.source_name, parts.billing_month, parts.delivery_id, totals.billing_currency,
        coalesce(services.service_name, totals.service_name, 'Unknown')

),

both_sides as (

    select
        deliveries.source_name, deliveries.billing_month, deliveries.delivery_id, deliveries.former_delivery_id,
        deliveries.sequence, deliveries.loaded_at, service_costs.billing_currency, service_costs.service_name,
        {{ money('0') }} as earlier_cost,
        service_costs.cost as later_cost,
        cast(0 as bigint) as earlier_rows,
        cast(service_costs.row_count as bigint) as later_rows
    from deliveries
    inner join service_costs
        on
            deliveries.source_name = service_costs.source_name
            and deliveries.billing_month = service_costs.billing_month
            and deliveries.delivery_id = service_costs.delivery_id
    union all
    select
        deliveries.source_name, deliveries.billing_month, deliveries.delivery_id, deliveries.former_delivery_id,
        deliveries.sequence, deliveries.loaded_at, service_costs.billing_currency, service_costs.service_name,
        service_costs.cost as earlier_cost,
        {{ money('0') }} as later_cost,
        cast(service_costs.row_count as bigint) as earlier_rows,
        cast(0 as bigint) as later_rows
    from deliveries
    inner join service_costs
        on
            deliveries.source_name = service_costs.source_name
            and deliveries.billing_month = service_costs.billing_month
            and deliveries.former_delivery_id = service_costs.delivery_id

)

select
    source_name,
    billing_month,
    delivery_id,
    former_delivery_id,
    sequence,
    loaded_at,
    billing_currency,
    service_name,
    {{ money('sum(earlier_cost)') }} as former_cost,
    {{ money('sum(later_cost)') }} as cost,
    {{ money('sum(later_cost) - sum(earlier_cost)') }} as restated_cost,
    cast(sum(earlier_rows) as bigint) as former_row_count,
    cast(sum(later_rows) as bigint) as row_count
from both_sides
where former_delivery_id is not null
group by
    source_name, billing_month, delivery_id, former_delivery_id, sequence, loaded_at, billing_currency, service_name
having
    sum(later_cost) <> sum(earlier_cost)
    or sum(later_rows) <> sum(earlier_rows)
