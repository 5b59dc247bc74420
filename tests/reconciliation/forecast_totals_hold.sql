{{ config(severity='warn') }}

-- The ranges of totals are as true as those of months: of three months together, as every closed origin would have
-- forecast them, at least seven in ten stay within their range of 80 %. Asked from a hundred such totals on.
with months as (

    select
        *,
        {{ as_float('upper_80_cost - expected_cost') }} as half_width
    from {{ ref('forecast_outcomes') }}
    where is_champion and forecast_basis = 'backtest' and lead_months between 1 and 3 and upper_80_cost is not null

),

totals as (

    select
        scope_type,
        scope_id,
        currency,
        vintage_date,
        abs({{ as_float('sum(actual_cost - expected_cost)') }}) <= {{ added_half_widths('half_width') }} as is_held
    from months
    group by scope_type, scope_id, currency, vintage_date
    having count(*) = 3

)

select
    count(*) as total_count,
    countif(is_held) as held_count
from totals
having count(*) >= 100 and countif(is_held) < 0.7 * count(*)
