-- Business metrics by month: a month that is delivered by the day is the sum of its days.
select
    metric_id,
    scope_type,
    scope_id,
    currency,
    {{ month_of('period_start') }} as metric_month,
    sum(metric_value) as metric_value
from {{ ref('stg_facts__business_metrics') }}
where coalesce(value_type, 'actual') = 'actual'
group by metric_id, scope_type, scope_id, currency, {{ month_of('period_start') }}
