-- The bill at every hop from delivery to publication. Up to `raw` money is rounded once per line, so the exact sum of
-- what was delivered and the sum of rounded lines differ by the residue; from `raw` on nothing may differ at all.
-- The last hop is filled in when the publication is staged, from the very files that readers will open.
--
-- Of a closed month the newest delivery is followed: its lines are those of a line source of their own, and the daily
-- table has them as booked lines plus differences.
with counting as (

    -- every delivery with a part in a bill, so that a currency that only an earlier one had is accounted for too
    select
        newest.source_name,
        newest.format,
        newest.billing_month,
        newest.delivery_id,
        newest.line_source_name,
        counted.delivery_id as counted_delivery_id,
        counted.state in ('current', 'added') as is_delivered
    from {{ source('raw', 'deliveries') }} as newest
    inner join {{ source('raw', 'deliveries') }} as counted
        on newest.source_name = counted.source_name and newest.billing_month = counted.billing_month
    where
        newest.state = 'current'
        and newest.is_bill
        and (counted.state in ('current', 'added') or counted.line_source_name is not null)

),

delivered as (

    select
        counting.source_name,
        counting.format,
        counting.billing_month,
        counting.delivery_id,
        counting.line_source_name,
        delivery_costs.billing_currency,
        sum(case when counting.is_delivered then delivery_costs.row_count else 0 end) as delivered_rows,
        sum(case when counting.is_delivered then delivery_costs.amount_count else 0 end) as delivered_amounts,
        sum(case when counting.is_delivered then delivery_costs.delivered_cost else 0 end) as delivered_cost
    from counting
    inner join {{ source('raw', 'delivery_costs') }} as delivery_costs
        on
            counting.source_name = delivery_costs.source_name
            and counting.billing_month = delivery_costs.billing_month
            and counting.counted_delivery_id = delivery_costs.delivery_id
    group by
        counting.source_name, counting.format, counting.billing_month, counting.delivery_id, counting.line_source_name,
        delivery_costs.billing_currency

),

daily as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(billed_cost) as daily_cost,
        sum(case when row_origin <> 'late_difference' then billed_cost else 0 end) as booked_cost,
        sum(case when row_origin = 'late_difference' then billed_cost else 0 end) as late_difference_cost,
        sum(effective_cost) as daily_effective_cost,
        sum(case when row_origin <> 'late_difference' then effective_cost else 0 end) as booked_effective_cost,
        sum(line_count) as daily_rows,
        -- at line level a difference is one line
        sum(case when row_origin <> 'late_difference' then line_count else 1 end) as line_level_rows
    from {{ ref('int_charges_daily') }}
    group by source_name, billing_month, billing_currency

),

allocated as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(billed_cost) as allocated_cost,
        sum(effective_cost) as allocated_effective_cost
    from {{ ref('fct_cost_daily') }}
    group by source_name, billing_month, billing_currency

),

hops as (

    select
        {{ all_but(['line_source_name'], 'delivered') }},
        coalesce(line_totals.raw_cost, 0) as raw_cost,
        coalesce(line_totals.unbilled_cost, 0) as unbilled_cost,
        coalesce(line_totals.raw_rows, 0) as raw_rows,
        coalesce(line_totals.merged_rows, 0) as merged_rows,
        coalesce(line_totals.derived_rows, 0) as derived_rows,
        coalesce(line_totals.normalized_rows, 0) as normalized_rows,
        coalesce(line_totals.normalized_cost, 0) as normalized_cost,
        coalesce(line_totals.normalized_effective_cost, 0) as normalized_effective_cost,
        coalesce(booked_totals.normalized_cost, 0) as normalized_booked_cost,
        coalesce(booked_totals.normalized_effective_cost, 0) as normalized_booked_effective_cost,
        daily.daily_cost,
        daily.booked_cost,
        daily.late_difference_cost,
        daily.daily_effective_cost,
        daily.booked_effective_cost,
        daily.daily_rows,
        daily.line_level_rows,
        allocated.allocated_cost,
        allocated.allocated_effective_cost
    from delivered
    left join {{ ref('int_line_totals') }} as line_totals
        on
            delivered.line_source_name = line_totals.source_name
            and delivered.billing_month = line_totals.billing_month
            and {{ same('delivered.billing_currency', 'line_totals.billing_currency') }}
    left join {{ ref('int_line_totals') }} as booked_totals
        on
            delivered.source_name = booked_totals.source_name
            and delivered.billing_month = booked_totals.billing_month
            and {{ same('delivered.billing_currency', 'booked_totals.billing_currency') }}
    left join daily
        on
            delivered.source_name = daily.source_name
            and delivered.billing_month = daily.billing_month
            and {{ same('delivered.billing_currency', 'daily.billing_currency') }}
    left join allocated
        on
            delivered.source_name = allocated.source_name
            and delivered.billing_month = allocated.billing_month
            and {{ same('delivered.billing_currency', 'allocated.billing_currency') }}

)

select
    source_name,
    format,
    billing_month,
    billing_currency,
    delivery_id,
    cast(delivered_rows as bigint) as delivered_rows,
    merged_rows,
    derived_rows,
    normalized_rows,
    cast(line_level_rows as bigint) as line_level_rows,
    delivered_cost,
    delivered_cost - raw_cost as residue_cost,
    {{ money('raw_cost') }} as raw_cost,
    {{ money('unbilled_cost') }} as unbilled_cost,
    {{ money('normalized_cost') }} as normalized_cost,
    {{ money('daily_cost') }} as daily_cost,
    {{ money('booked_cost') }} as booked_cost,
    {{ money('late_difference_cost') }} as late_difference_cost,
    {{ money('allocated_cost') }} as allocated_cost,
    {{ money('null') }} as published_cost,
    {{ money('normalized_effective_cost') }} as normalized_effective_cost,
    {{ money('daily_effective_cost') }} as daily_effective_cost,
    {{ money('allocated_effective_cost') }} as allocated_effective_cost,
    coalesce(
        delivered_rows = raw_rows
        -- half a unit of the ninth decimal per delivered amount is all that rounding can take
        and abs(delivered_cost - raw_cost) * 2 <= delivered_amounts * {{ money('0.000000001') }}
        and raw_rows + derived_rows - merged_rows = normalized_rows
        and normalized_rows = daily_rows
        and raw_cost - unbilled_cost = normalized_cost
        and normalized_cost = daily_cost
        and normalized_booked_cost = booked_cost
        and normalized_booked_effective_cost = booked_effective_cost
        and daily_cost = allocated_cost
        and normalized_effective_cost = daily_effective_cost
        and daily_effective_cost = allocated_effective_cost,
        false
    ) as is_reconciled
from hops
