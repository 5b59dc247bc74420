-- Every month of a metric from its first to the last that is over: what was measured, or that nothing was.
with actual as (

    select *
    from {{ ref('int_business_metrics_monthly') }}
    where value_type = 'actual' and not is_for_kpis

),

series as (

    select
        actual.metric_id,
        max(actual.metric_name) as metric_name,
        max(actual.metric_unit) as metric_unit,
        actual.scope_type,
        actual.scope_id,
        actual.currency,
        min(actual.metric_month) as first_month
    from actual
    group by actual.metric_id, actual.scope_type, actual.scope_id, actual.currency

),

months as (

    select distinct calendar.calendar_month
    from {{ ref('dim_fiscal_calendar') }} as calendar
    inner join {{ ref('dim_cost_clock') }} as clock on calendar.calendar_month < clock.open_month

),

targets as (

    select *
    from {{ ref('int_business_metrics_monthly') }}
    where value_type = 'target' and not is_for_kpis

)

select
    series.metric_id,
    series.metric_name,
    series.metric_unit,
    series.scope_type,
    series.scope_id,
    series.currency as metric_currency,
    months.calendar_month as metric_month,
    actual.metric_value,
    targets.metric_value as target_value,
    case
        when actual.metric_value is null then 'metric_missing'
        when not actual.is_whole then 'metric_incomplete'
        when actual.metric_value = 0 then 'metric_zero'
        when actual.metric_value < 0 then 'metric_negative'
        else 'known'
    end as metric_state
from series
inner join months on series.first_month <= months.calendar_month
left join actual
    on
        series.metric_id = actual.metric_id
        and series.scope_type = actual.scope_type
        and series.scope_id = actual.scope_id
        and {{ same('series.currency', 'actual.currency') }}
        and months.calendar_month = actual.metric_month
left join targets
    on
        series.metric_id = targets.metric_id
        and series.scope_type = targets.scope_type
        and series.scope_id = targets.scope_id
        and {{ same('series.currency', 'targets.currency') }}
        and months.calendar_month = targets.metric_month
