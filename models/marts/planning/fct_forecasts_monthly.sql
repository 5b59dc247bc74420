-- The first month is the open one: what has come of it already, what will come late for days that are over, and what
-- the days ahead will cost. It is the number of `month_end_landings`.
select
    months.scope_type,
    months.scope_id,
    months.currency,
    months.charge_month,
    months.vintage_date,
    months.lead_months,
    methods.forecast_method,
    methods.forecast_status,
    methods.has_seen_a_year,
    months.actual_cost,
    months.late_cost,
    months.expected_cost,
    months.lower_80_cost,
    months.upper_80_cost,
    months.lower_95_cost,
    months.upper_95_cost
from {{ source('analysis', 'forecast_months') }} as months
inner join {{ ref('fct_forecast_methods') }} as methods
    on
        months.scope_type = methods.scope_type
        and months.scope_id = methods.scope_id
        and months.currency = methods.currency
