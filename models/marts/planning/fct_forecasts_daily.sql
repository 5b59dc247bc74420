select
    days.scope_type,
    days.scope_id,
    days.currency,
    days.charge_date,
    days.vintage_date,
    methods.forecast_method,
    days.expected_cost,
    days.lower_80_cost,
    days.upper_80_cost,
    days.lower_95_cost,
    days.upper_95_cost
from {{ source('analysis', 'forecast_days') }} as days
inner join {{ ref('fct_forecast_methods') }} as methods
    on
        days.scope_type = methods.scope_type
        and days.scope_id = methods.scope_id
        and days.currency = methods.currency
