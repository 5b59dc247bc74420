-- The monthly reservation fee is one line dated on the 1st. Its unused part is spread evenly over the days that the
-- line covers and the bill has reached; the last day takes what rounding leaves, so the month still ties.
with reached as (

    select
        source_name,
        billing_month,
        max(cast(charge_period_start as date)) as last_day
    from {{ ref('int_aws_lines') }}
    where line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    group by source_name, billing_month

),

fees as (

    select
        fee_lines.*,
        coalesce(fee_lines.reservation_unused_upfront_cost, 0)
        + coalesce(fee_lines.reservation_unused_recurring_cost, 0)
            as gross_unused_cost,
        coalesce(fee_lines.reservation_net_unused_upfront_cost, fee_lines.reservation_unused_upfront_cost, 0)
        + coalesce(fee_lines.reservation_net_unused_recurring_cost, fee_lines.reservation_unused_recurring_cost, 0)
            as net_unused_cost,
        cast(fee_lines.charge_period_start as date) as first_day,
        -- the end is exclusive, yet some bills write the last second of the month
        cast({{ dbt.dateadd('second', -1, 'fee_lines.charge_period_end') }} as date) as end_day,
        reached.last_day as reached_day
    from {{ ref('int_aws_lines') }} as fee_lines
    left join reached
        on fee_lines.source_name = reached.source_name and fee_lines.billing_month = reached.billing_month
    where fee_lines.line_item_type = 'RIFee'

),

bounded as (

    select
        *,
        -- a fee without an end, or whose end is its start, still is one day's cost
        greatest(first_day, least(coalesce(end_day, first_day), coalesce(reached_day, end_day, first_day))) as last_day
    from fees

),

daily as (

    select
        bounded.*,
        unused_day,
        {{ date_difference('first_day', 'last_day') }} + 1 as day_count,
        case when discount_mode = 'gross' then gross_unused_cost else net_unused_cost end as unused_cost
    from bounded, unnest({{ days_between('first_day', 'last_day') }}) as unused_day

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
        'gross_unused_cost', 'net_unused_cost', 'first_day', 'end_day', 'reached_day', 'last_day', 'unused_day',
        'day_count', 'unused_cost', 'even_cost', 'even_gross_cost', 'even_quantity'
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
