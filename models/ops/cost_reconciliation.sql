-- The bill at every hop from delivery to publication. Up to `raw` money is rounded once per line, so the exact sum of
-- what was delivered and the sum of rounded lines differ by the residue; from `raw` on nothing may differ at all.
-- The last hop is filled in when the publication is staged, from the very files that readers will open.
with delivered as (

    select
        deliveries.source_name,
        deliveries.format,
        deliveries.billing_month,
        deliveries.delivery_id,
        delivery_costs.billing_currency,
        sum(delivery_costs.row_count) as delivered_rows,
        sum(delivery_costs.amount_count) as delivered_amounts,
        sum(delivery_costs.delivered_cost) as delivered_cost
    from {{ source('raw', 'deliveries') }} as deliveries
    inner join {{ source('raw', 'delivery_costs') }} as delivery_costs
        on
            deliveries.source_name = delivery_costs.source_name
            and deliveries.billing_month = delivery_costs.billing_month
            and deliveries.delivery_id = delivery_costs.delivery_id
    where deliveries.state = 'current' and deliveries.is_bill
    group by
        deliveries.source_name, deliveries.format, deliveries.billing_month, deliveries.delivery_id,
        delivery_costs.billing_currency

),

daily as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(billed_cost) as daily_cost,
        sum(effective_cost) as daily_effective_cost,
        sum(line_count) as daily_rows
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
        delivered.*,
        line_totals.raw_cost,
        line_totals.unbilled_cost,
        line_totals.raw_rows,
        line_totals.merged_rows,
        line_totals.derived_rows,
        line_totals.normalized_rows,
        line_totals.normalized_cost,
        line_totals.normalized_effective_cost,
        daily.daily_cost,
        daily.daily_effective_cost,
        daily.daily_rows,
        allocated.allocated_cost,
        allocated.allocated_effective_cost
    from delivered
    left join {{ ref('int_line_totals') }} as line_totals
        on
            delivered.source_name = line_totals.source_name
            and delivered.billing_month = line_totals.billing_month
            and {{ same('delivered.billing_currency', 'line_totals.billing_currency') }}
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
    delivered_cost,
    delivered_cost - raw_cost as residue_cost,
    {{ money('raw_cost') }} as raw_cost,
    {{ money('unbilled_cost') }} as unbilled_cost,
    {{ money('normalized_cost') }} as normalized_cost,
    {{ money('daily_cost') }} as daily_cost,
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
        and daily_cost = allocated_cost
        and normalized_effective_cost = daily_effective_cost
        and daily_effective_cost = allocated_effective_cost,
        false
    ) as is_reconciled
from hops
