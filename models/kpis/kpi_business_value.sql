-- What cost brings: margin, speed, reliability, customers, and the hours of engineers that go into it.
with margins as (

    select
        scope_type,
        scope_id,
        metric_month as period_start,
        currency,
        sum(metric_value) as revenue,
        max(effective_cost) as effective_cost
    from {{ ref('fct_unit_economics_monthly') }}
    where metric_id = 'revenue' and scope_type = 'product' and metric_scope_type = 'product' and reason is null
    group by scope_type, scope_id, metric_month, currency

),

customers as (

    select
        acquisition.*,
        acquisition.period_month as period_start
    from {{ ref('fct_acquisition_monthly') }} as acquisition

),

delivered as (

    select
        value_months.*,
        value_months.period_month as period_start
    from {{ ref('fct_business_value_monthly') }} as value_months

),

worked as (

    select
        engineer_time.*,
        engineer_time.period_month as period_start
    from {{ ref('fct_engineer_time_monthly') }} as engineer_time

)

{{ kpi_rows('margins', [
    ['product_margin', 'effective_cost', 'revenue - effective_cost', 'revenue'],
]) }}
union all
{{ kpi_rows('customers', [
    ['customer_acquisition_cost', 'with_cloud', 'sales_marketing_cost + acquisition_cloud_cost', 'new_customers'],
    ['customer_acquisition_cost', 'cloud_only', 'acquisition_cloud_cost', 'new_customers'],
]) }}
union all
{{ kpi_rows('delivered', [
    ['cost_per_delivery', 'deployments', 'effective_cost', 'delivery_count'],
    ['cost_per_delivery', 'features', 'effective_cost', 'feature_count'],
    ['change_failure_rate', 'deployments', 'failed_delivery_count', 'delivery_count'],
    ['lead_time', 'hours', 'lead_hours_sum', 'timed_delivery_count'],
], 'delivery_count is not null') }}
union all
{{ kpi_rows('delivered', [
    ['availability', 'minutes', 'total_minutes - downtime_minutes', 'total_minutes'],
    ['availability', 'cost_per_hour', 'effective_cost * 60', 'total_minutes - downtime_minutes'],
    ['downtime', 'minutes', 'downtime_minutes', '1'],
], 'downtime_minutes is not null') }}
union all
{{ kpi_rows('worked', [
    ['engineer_time', 'hours', 'hours', '1'],
    ['engineer_time', 'hours_per_million', 'hours * 1000000', 'effective_cost'],
    ['engineer_time', 'savings_per_hour', 'realized_savings_cost', 'hours'],
    ['engineer_time', 'net_benefit', 'net_benefit_cost', '1'],
]) }}
