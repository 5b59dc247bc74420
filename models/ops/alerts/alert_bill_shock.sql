-- The newest month that is over, where it lies outside what was expected of it a month ahead: 1 is outside of the 80 %
-- interval, 2 outside of the 95 % interval. What was published counts before what a backtest would have said. Only
-- scopes that somebody answers for: of many small ones some lie outside by chance every month. A scope that ended
-- before, such as a team under its former name, cannot be expected to cost anything.
with made as (

    select *
    from {{ ref('forecast_outcomes') }}
    where
        is_champion
        and lead_months = 1
        and scope_type in ('company', 'business_unit', 'team', 'provider')
    qualify
        charge_month = max(charge_month) over ()
        and row_number() over (
            partition by scope_type, scope_id, currency, charge_month
            order by forecast_basis desc, vintage_date desc
        ) = 1

),

outside as (

    select
        *,
        actual_cost > expected_cost as is_above,
        case when actual_cost between lower_95_cost and upper_95_cost then 1 else 2 end as rank_outside
    from made
    where
        actual_cost not between lower_80_cost and upper_80_cost
        and lower_95_cost < upper_95_cost -- where nothing was to come there is no expectation to miss
        and not {{ has_ended('made', 'charge_month') }}

)

select
    'bill_shock' as alert_kind,
    scope_type,
    scope_id,
    cast(charge_month as string) as subject,
    currency,
    {{ money('rank_outside') }} as alert_value,
    actual_cost - expected_cost as impact_cost,
    '{scope} cost ' || case when is_above then 'more' else 'less' end || ' than expected in '
    || substr(cast(charge_month as string), 1, 7) as title,
    'Cost was ' || {{ amount_words('actual_cost', 'currency') }} || '; expected was '
    || {{ amount_words('expected_cost') }} || ', with ' || case rank_outside when 1 then '80' else '95' end
    || ' % certainty between '
    || {{ amount_words('case rank_outside when 1 then lower_80_cost else lower_95_cost end') }} || ' and '
    || {{ amount_words('case rank_outside when 1 then upper_80_cost else upper_95_cost end') }} || '.'
        as finding,
    'select * from cost_movers where comparison = ' || {{ quoted("'month_over_month'") }} || ' and period_month = '
    || {{ quoted('cast(charge_month as string)') }} || ' and scope_type = ' || {{ quoted('scope_type') }}
    || ' and scope_id = ' || {{ quoted('scope_id') }} || ' order by mover_rank' as link_query
from outside
