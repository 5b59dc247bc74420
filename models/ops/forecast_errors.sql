-- How far off forecasts are, by how many months ahead they were made.
select
    forecast_basis,
    scope_type,
    scope_id,
    currency,
    forecast_method,
    is_champion,
    lead_months,
    count(*) as target_count,
    min(charge_month) as first_charge_month,
    max(charge_month) as last_charge_month,
    sum(actual_cost) as actual_cost,
    sum(expected_cost) as expected_cost,
    sum(abs(expected_cost - actual_cost)) as absolute_error_cost,
    {{ ratio('sum(abs(expected_cost - actual_cost))', 'sum(abs(actual_cost))') }} as wape_rate,
    {{ ratio('sum(expected_cost - actual_cost)', 'sum(abs(actual_cost))') }} as bias_rate,
    {{ ratio(
        'sum(case when actual_cost between lower_80_cost and upper_80_cost then 1 else 0 end)', 'count(lower_80_cost)'
    ) }} as held_80_share,
    {{ ratio(
        'sum(case when actual_cost between lower_95_cost and upper_95_cost then 1 else 0 end)', 'count(lower_95_cost)'
    ) }} as held_95_share
from {{ ref('forecast_outcomes') }}
group by forecast_basis, scope_type, scope_id, currency, forecast_method, is_champion, lead_months
