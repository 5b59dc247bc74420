select
    scope_type,
    scope_id,
    currency,
    vintage_date,
    forecast_status,
    forecast_method,
    method_reason,
    history_days,
    has_seen_a_year,
    backtest_origins,
    error_rate,
    naive_error_rate
from {{ source('analysis', 'forecast_methods') }}
