-- What is still to come in the open month: as the forecast says it, in which the four weeks are one of two voices, so
-- that it adds up over scopes and holds what was announced. Without a forecast, the four weeks speak alone.
select
    estimates.scope_type,
    estimates.scope_id,
    estimates.currency,
    estimates.cost_metric,
    estimates.landing_month,
    estimates.as_of_date,
    estimates.so_far_cost,
    coalesce(told.usage_cost_ahead, estimates.usage_cost_ahead) as usage_cost_ahead,
    {{ money('coalesce(told.announced_cost_ahead, 0)') }} as announced_cost_ahead,
    coalesce(told.other_cost_ahead, estimates.other_cost_ahead) as other_cost_ahead,
    case when told.scope_type is null then 'last_four_weeks' else 'forecast' end as landing_method
from {{ ref('fct_landing_estimates') }} as estimates
inner join {{ ref('dim_landing_points') }} as points
    on
        estimates.landing_month = points.landing_month
        and estimates.as_of_date = points.as_of_date
        and points.is_open
left join {{ source('analysis', 'forecast_landings') }} as told
    on
        estimates.scope_type = told.scope_type
        and estimates.scope_id = told.scope_id
        and estimates.currency = told.currency
        and estimates.cost_metric = told.cost_metric
        and estimates.landing_month = told.landing_month
