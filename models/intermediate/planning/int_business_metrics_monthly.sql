-- The value of each metric in each month: as delivered for the month, else from its days. A month of which days are
-- missing has a value that says so.
with delivered as (

    select
        *,
        {{ month_of('period_start') }} as metric_month
    from {{ ref('int_business_metrics') }}

),

last_days as (

    select
        *,
        max(period_start) over (
            partition by metric_id, scope_type, scope_id, currency, value_type, period_grain, metric_month
        ) as last_date
    from delivered

),

grained as (

    select
        metric_id,
        max(metric_name) as metric_name,
        max(metric_unit) as metric_unit,
        scope_type,
        scope_id,
        metric_month,
        currency,
        value_type,
        is_for_kpis,
        period_grain,
        case
            when max(aggregation) = 'average' then {{ ratio('sum(metric_value)', 'count(*)') }}
            when max(aggregation) = 'last' then max(case when period_start = last_date then metric_value end)
            else {{ money('sum(metric_value)') }}
        end as metric_value,
        period_grain = 'month'
        or count(*) = {{ date_difference('metric_month', next_month('metric_month')) }} as is_whole
    from last_days
    group by metric_id, scope_type, scope_id, metric_month, currency, value_type, is_for_kpis, period_grain

)

select
    metric_id,
    metric_name,
    metric_unit,
    scope_type,
    scope_id,
    metric_month,
    currency,
    value_type,
    metric_value,
    is_whole,
    is_for_kpis
from grained
qualify row_number() over (
    partition by metric_id, scope_type, scope_id, metric_month, currency, value_type
    order by period_grain desc
) = 1
