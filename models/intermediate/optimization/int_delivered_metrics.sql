-- Actual values of business metrics by month; a month of which days are missing is not known.
select
    metric_id,
    scope_type,
    scope_id,
    currency,
    metric_month,
    metric_value
from {{ ref('int_business_metrics_monthly') }}
where value_type = 'actual' and is_whole
