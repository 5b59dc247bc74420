-- Every reservation fee's unused cost arrives on some day, gross and as it counts, to the last decimal.
with fees as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(coalesce(reservation_unused_upfront_cost, 0) + coalesce(reservation_unused_recurring_cost, 0))
            as gross_unused_cost,
        sum(
            case
                when discount_mode = 'gross'
                    then coalesce(reservation_unused_upfront_cost, 0) + coalesce(reservation_unused_recurring_cost, 0)
                else
                    coalesce(reservation_net_unused_upfront_cost, reservation_unused_upfront_cost, 0)
                    + coalesce(reservation_net_unused_recurring_cost, reservation_unused_recurring_cost, 0)
            end
        ) as unused_cost
    from {{ ref('int_aws_lines') }}
    where line_item_type = 'RIFee' and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency

),

days as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(gross_effective_cost) as gross_effective_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('int_aws_derived_charges') }}
    where row_origin = 'unused_reservation' and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency

)

select
    fees.*,
    days.gross_effective_cost,
    days.effective_cost
from fees
left join days
    on
        fees.source_name = days.source_name
        and fees.billing_month = days.billing_month
        and fees.billing_currency = days.billing_currency
where
    coalesce(days.gross_effective_cost, 0) <> fees.gross_unused_cost
    or coalesce(days.effective_cost, 0) <> fees.unused_cost
