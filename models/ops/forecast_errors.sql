-- How far off forecasts are, by how many months ahead they were made. Methods that need a long history speak of fewer
-- months: they are compared (`shared_`) on the months of which all spoke that spoke of half of them or more.
{% set group = 'forecast_basis, scope_type, scope_id, currency, lead_months' %}
with counted as (

    select
        *,
        count(*) over (partition by {{ group }}, forecast_method) as method_targets,
        expected_cost - lag(expected_cost) over (
            partition by
                forecast_basis, scope_type, scope_id, currency, charge_month,
                case when forecast_basis = 'backtest' then forecast_method end
            order by vintage_date
        ) as revised_cost
    from {{ ref('forecast_outcomes') }}

),

comparable as (

    select
        *,
        method_targets * 2 >= max(method_targets) over (partition by {{ group }}) as is_comparable
    from counted

),

told as (

    select
        *,
        countif(is_comparable) over (partition by {{ group }}, vintage_date, charge_month) as method_count
    from comparable

),

shared as (

    select
        *,
        forecast_basis = 'backtest'
        and is_comparable
        and method_count = max(method_count) over (partition by {{ group }}) as is_shared
    from told

)

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
    count(case when is_shared then 1 end) as shared_target_count,
    {{ ratio(
        'sum(case when is_shared then abs(expected_cost - actual_cost) end)',
        'sum(case when is_shared then abs(actual_cost) end)'
    ) }} as shared_wape_rate,
    {{ ratio('sum(expected_cost - actual_cost)', 'sum(abs(actual_cost))') }} as bias_rate,
    {{ ratio('sum(abs(revised_cost))', 'sum(case when revised_cost is not null then abs(actual_cost) end)') }}
        as revision_rate,
    {{ ratio(
        'sum(case when actual_cost between lower_80_cost and upper_80_cost then 1 else 0 end)', 'count(lower_80_cost)'
    ) }} as held_80_share,
    {{ ratio(
        'sum(case when actual_cost between lower_95_cost and upper_95_cost then 1 else 0 end)', 'count(lower_95_cost)'
    ) }} as held_95_share
from shared
group by forecast_basis, scope_type, scope_id, currency, forecast_method, is_champion, lead_months
