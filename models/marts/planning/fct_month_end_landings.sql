-- Where the open month lands, with its range: that of the forecast by which it lands, in which four months of five
-- stay; of other landings what six months would have had, the landing times what came of the four weeks' estimate on
-- the same day of each, which holds less often (seven in ten). Fewer than three such months give none. This is the one
-- place to ask.
with opened as (

    select
        *,
        so_far_cost + usage_cost_ahead + announced_cost_ahead + other_cost_ahead as landing_cost
    from {{ ref('fct_landings_ahead') }}

),

former as (

    select
        estimates.*,
        {{ ratio('estimates.posted_cost', 'estimates.landing_cost') }} as realized_share
    from {{ ref('fct_landing_estimates') }} as estimates
    inner join {{ ref('dim_landing_points') }} as points
        on
            estimates.landing_month = points.landing_month
            and estimates.as_of_date = points.as_of_date
            and not points.is_open
    where estimates.landing_cost > 0

),

ranges as (

    select
        opened.scope_type,
        opened.scope_id,
        opened.currency,
        opened.cost_metric,
        count(former.realized_share) as range_months,
        min(former.realized_share) as low_share,
        max(former.realized_share) as high_share
    from opened
    inner join former
        on
            opened.scope_type = former.scope_type
            and opened.scope_id = former.scope_id
            and opened.currency = former.currency
            and opened.cost_metric = former.cost_metric
            and former.as_of_date = least(
                {{ add_days('former.landing_month', date_difference('opened.landing_month', 'opened.as_of_date')) }},
                last_day(former.landing_month)
            )
    group by opened.scope_type, opened.scope_id, opened.currency, opened.cost_metric

)
{%- set ends = [
    converted('opened.landing_cost', 'least(ranges.low_share, 1)'),
    converted('opened.landing_cost', 'greatest(ranges.high_share, 1)'),
] %}
{%- set is_told = 'forecasts.lower_80_cost < forecasts.upper_80_cost' %}

select
    opened.scope_type,
    opened.scope_id,
    opened.currency,
    opened.cost_metric,
    opened.landing_month,
    opened.as_of_date,
    opened.so_far_cost,
    opened.usage_cost_ahead,
    opened.announced_cost_ahead,
    opened.other_cost_ahead,
    opened.landing_cost,
    -- of a month that lands below zero, the larger share is the lower end
    case
        when {{ is_told }} then opened.landing_cost - forecasts.expected_cost + forecasts.lower_80_cost
        when ranges.range_months >= 3 then least({{ ends | join(', ') }})
    end as landing_low_cost,
    case
        when {{ is_told }} then opened.landing_cost - forecasts.expected_cost + forecasts.upper_80_cost
        when ranges.range_months >= 3 then greatest({{ ends | join(', ') }})
    end as landing_high_cost,
    cast(coalesce(ranges.range_months, 0) as bigint) as range_months,
    opened.landing_method
from opened
left join ranges
    on
        opened.scope_type = ranges.scope_type
        and opened.scope_id = ranges.scope_id
        and opened.currency = ranges.currency
        and opened.cost_metric = ranges.cost_metric
left join {{ ref('fct_forecasts_monthly') }} as forecasts
    on
        opened.scope_type = forecasts.scope_type
        and opened.scope_id = forecasts.scope_id
        and opened.currency = forecasts.currency
        and opened.landing_month = forecasts.charge_month
        and opened.cost_metric = 'effective_cost'
        and opened.landing_method = 'forecast'
