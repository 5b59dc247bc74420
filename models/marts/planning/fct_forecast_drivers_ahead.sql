-- Which drivers are still to come, as far as they are counted: in the forecast of their scope, of all that it is part
-- of, and shared among the scopes of other hierarchies. What has begun for good is in the cost already; a decided
-- saving that is late is still to come.
select
    drivers.driver_type,
    drivers.driver_id,
    drivers.scope_type,
    drivers.scope_id,
    drivers.currency,
    drivers.start_date,
    drivers.end_date,
    drivers.daily_change_cost,
    drivers.probability_share,
    coalesce(effects.year_ahead_cost, 0) <> 0 as is_counted,
    {{ money('coalesce(effects.counted_share, 0)') }} as counted_share,
    {{ money('coalesce(effects.open_month_cost, 0)') }} as open_month_cost,
    {{ money('coalesce(effects.year_ahead_cost, 0)') }} as year_ahead_cost
from {{ ref('fct_forecast_drivers') }} as drivers
cross join {{ ref('dim_cost_clock') }} as clock
left join {{ source('analysis', 'forecast_driver_effects') }} as effects
    on
        drivers.driver_type = effects.driver_type
        and drivers.driver_id = effects.driver_id
        and drivers.scope_type = effects.scope_type
        and drivers.scope_id = effects.scope_id
        and drivers.currency = effects.currency
where
    drivers.driver_type = 'planned_saving'
    or drivers.start_date > clock.complete_through_date
    or drivers.end_date > clock.complete_through_date
