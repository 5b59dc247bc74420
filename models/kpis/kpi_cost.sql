select
    'cost' as kpi_id,
    'billed' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    billed_cost as numerator,
    {{ money('1') }} as denominator
from {{ ref('kpi_inputs') }}
union all
select
    'cost' as kpi_id,
    'effective' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    effective_cost as numerator,
    {{ money('1') }} as denominator
from {{ ref('kpi_inputs') }}
union all
select
    'cost' as kpi_id,
    'list' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    list_cost as numerator,
    {{ money('1') }} as denominator
from {{ ref('kpi_inputs') }}
