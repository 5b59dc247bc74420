-- What the business did and expects to do, in units; money is no volume, and a target is a wish.
select
    metric_id,
    scope_type,
    scope_id,
    period_grain,
    period_start,
    value_type,
    max(aggregation) as aggregation,
    {{ money('sum(metric_value)') }} as metric_value
from {{ ref('int_business_metrics') }}
where metric_unit <> 'currency' and value_type <> 'target' and not is_for_kpis
group by metric_id, scope_type, scope_id, period_grain, period_start, value_type
