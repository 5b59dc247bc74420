-- The monthly reservation fee is one line dated on the 1st. Its unused part is spread evenly over the days that the
-- line covers, and the last day takes the residue of rounding, so that the month's sum stays the bill's.
with fees as (

    select
        *,
        reservation_unused_upfront_cost + reservation_unused_recurring_cost as gross_unused_cost,
        coalesce(reservation_net_unused_upfront_cost, reservation_unused_upfront_cost)
        + coalesce(reservation_net_unused_recurring_cost, reservation_unused_recurring_cost) as net_unused_cost,
        cast(charge_period_start as date) as first_day,
        -- the end is exclusive, yet some bills write the last second of the month
        cast({{ dbt.dateadd('second', -1, 'charge_period_end') }} as date) as last_day
    from {{ ref('int_aws_lines') }}
    where line_item_type = 'RIFee'

),

daily as (

    select
        fees.*,
        unused_day,
        {{ date_difference('first_day', 'last_day') }} + 1 as day_count,
        case when discount_mode = 'gross' then gross_unused_cost else net_unused_cost end as unused_cost
    from fees, unnest({{ days_between('first_day', 'last_day') }}) as unused_day

),

spread as (

    select
        *,
        {{ money('round(unused_cost / day_count, 9)') }} as even_cost,
        {{ money('round(gross_unused_cost / day_count, 9)') }} as even_gross_cost,
        {{ money('round(reservation_unused_quantity / day_count, 9)') }} as even_quantity
    from daily

)

select
    {{ all_but([
        'gross_unused_cost', 'net_unused_cost', 'first_day', 'last_day', 'unused_day', 'day_count',
        'unused_cost', 'even_cost', 'even_gross_cost', 'even_quantity'
    ]) }}
    replace (
        cast(unused_day as timestamp) as charge_period_start,
        cast({{ add_days('unused_day', 1) }} as timestamp) as charge_period_end,
        {{ money('null') }} as usage_quantity,
        case
            when unused_day < last_day then even_quantity
            else reservation_unused_quantity - even_quantity * (day_count - 1)
        end as reservation_unused_quantity
    ),
    false as is_commitment_purchase,
    'unused_reservation' as row_origin,
    {{ money('0') }} as billed_cost,
    case when unused_day < last_day then even_cost else unused_cost - even_cost * (day_count - 1) end
        as effective_cost,
    case when unused_day < last_day then even_gross_cost else gross_unused_cost - even_gross_cost * (day_count - 1) end
        as gross_effective_cost,
    {{ money('0') }} as list_cost,
    {{ money('0') }} as contracted_cost,
    'not_usage' as contracted_cost_source
from spread
