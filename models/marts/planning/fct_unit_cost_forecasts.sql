select
    metric_id,
    scope_type,
    scope_id,
    currency,
    charge_month,
    vintage_date,
    lead_months,
    expected_cost,
    expected_quantity,
    expected_unit_cost,
    lower_80_unit_cost,
    upper_80_unit_cost,
    lower_95_unit_cost,
    upper_95_unit_cost
from {{ source('analysis', 'forecast_unit_costs') }}
