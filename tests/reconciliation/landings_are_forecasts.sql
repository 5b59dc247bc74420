-- The landing of a month and its forecast are one number: what is still to come in the open month is the same in both,
-- and so is what has come, but for what the books show of other months.
select
    landings.scope_type,
    landings.scope_id,
    landings.currency,
    landings.landing_cost - landings.so_far_cost as landing_ahead_cost,
    forecasts.expected_cost - forecasts.actual_cost as forecast_ahead_cost
from {{ ref('fct_month_end_landings') }} as landings
inner join {{ ref('fct_forecasts_monthly') }} as forecasts
    on
        landings.scope_type = forecasts.scope_type
        and landings.scope_id = forecasts.scope_id
        and landings.currency = forecasts.currency
        and landings.landing_month = forecasts.charge_month
where
    landings.cost_metric = 'effective_cost'
    and landings.landing_cost - landings.so_far_cost <> forecasts.expected_cost - forecasts.actual_cost
