-- Coverage and savings by name of their base: the field knows several, and they disagree. Unused commitment has no
-- team of its own, so utilization and savings are not told per team.
select
    'commitment_coverage' as kpi_id,
    'effective_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    covered_compute_cost as numerator,
    coverable_compute_cost as denominator
from {{ ref('kpi_inputs') }}
union all
select
    'commitment_coverage' as kpi_id,
    'list_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    covered_compute_list_cost as numerator,
    coverable_compute_list_cost as denominator
from {{ ref('kpi_inputs') }}
union all
select
    'commitment_utilization' as kpi_id,
    'effective_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    commitment_used_cost as numerator,
    commitment_used_cost + commitment_unused_cost as denominator
from {{ ref('kpi_inputs') }}
where scope_type <> 'team'
union all
select
    'effective_savings_rate' as kpi_id,
    'list_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    usage_list_cost - usage_effective_cost as numerator,
    usage_list_cost as denominator
from {{ ref('kpi_inputs') }}
where scope_type <> 'team'
union all
select
    'effective_savings_rate' as kpi_id,
    'contracted_cost' as variant,
    scope_type,
    scope_id,
    'month' as period_grain,
    period_start,
    currency,
    usage_contracted_cost - usage_effective_cost as numerator,
    usage_contracted_cost as denominator
from {{ ref('kpi_inputs') }}
where scope_type <> 'team'
