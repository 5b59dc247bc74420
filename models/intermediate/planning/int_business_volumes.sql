-- What the business did and expects to do, in units; money is no volume, and a target is a wish.
select
    metric_id,
    scope_type,
    scope_id,
    period_grain,
    period_start,
    coalesce(value_type, 'actual') as value_type,
    {{ money('sum(metric_value)') }} as metric_value
from {{ ref('stg_facts__business_metrics') }}
where metric_unit <> 'currency' and coalesce(value_type, 'actual') <> 'target'
group by metric_id, scope_type, scope_id, period_grain, period_start, coalesce(value_type, 'actual')
