-- What the business does, in units or money. Metrics that only KPIs divide by each other (carbon, licenses, training)
-- are marked as theirs: a cost per kilogram or per person trained answers no question.
with of_kpis as (

    select numerator_metric as metric_id
    from {{ ref('kpi_metric_ratios') }}
    union distinct
    select minus_metric as metric_id
    from {{ ref('kpi_metric_ratios') }}
    union distinct
    select denominator_metric as metric_id
    from {{ ref('kpi_metric_ratios') }}

)

select
    metrics.metric_id,
    metrics.metric_name,
    metrics.metric_unit,
    metrics.scope_type,
    metrics.scope_id,
    metrics.period_grain,
    metrics.period_start,
    metrics.metric_value,
    metrics.currency,
    coalesce(metrics.value_type, 'actual') as value_type,
    coalesce(metrics.aggregation, 'sum') as aggregation,
    of_kpis.metric_id is not null as is_for_kpis
from {{ ref('stg_facts__business_metrics') }} as metrics
left join of_kpis on metrics.metric_id = of_kpis.metric_id
