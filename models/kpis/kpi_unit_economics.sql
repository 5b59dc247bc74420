-- Cost by what it is for: the metrics that KPIs know by name; any other is in unit_economics_monthly. A month without
-- input has a numerator and no denominator, so that the KPI says no_input and never 0; one whose metric was delivered
-- as 0 or less has that, and the KPI is undefined; one without any cost has no KPI. A metric delivered in two
-- currencies counts with both.
with measured as (

    select
        metric_id,
        scope_type,
        scope_id,
        metric_month as period_start,
        currency,
        max(metric_unit) as metric_unit,
        sum(case when coalesce(reason, 'metric_zero') in ('metric_zero', 'metric_negative') then metric_value end)
            as metric_value,
        max(effective_cost) as effective_cost
    from {{ ref('fct_unit_economics_monthly') }}
    where scope_type = metric_scope_type and scope_id = metric_scope_id and coalesce(reason, 'known') <> 'no_cost'
    group by metric_id, scope_type, scope_id, metric_month, currency

),

-- what a scope is measured by, whatever it is: of several metrics that are no money the first by name
first_metrics as (

    select *
    from measured
    where metric_unit <> 'currency' and metric_value > 0
    qualify row_number() over (partition by scope_type, scope_id, period_start, currency order by metric_id) = 1

)

{{ kpi_rows('measured', [
    ['cost_share_of_revenue', 'revenue', 'effective_cost', 'metric_value'],
    ['data_value_density', 'revenue', 'metric_value', 'effective_cost'],
], "metric_id = 'revenue'") }}
union all
{{ kpi_rows('measured', [
    ['cost_share_of_revenue', 'recurring', 'effective_cost', 'metric_value'],
], "metric_id = 'recurring_revenue'") }}
union all
{{ kpi_rows('measured', [
    ['unit_cost', 'orders', 'effective_cost', 'metric_value'],
], "metric_id = 'orders'") }}
union all
{{ kpi_rows('measured', [
    ['unit_cost', 'active_customers', 'effective_cost', 'metric_value'],
], "metric_id = 'active_customers'") }}
union all
{{ kpi_rows('measured', [
    ['cost_per_api_call', 'effective_cost', 'effective_cost', 'metric_value'],
], "metric_id = 'api_calls'") }}
union all
{{ kpi_rows('measured', [
    ['cost_per_inference', 'effective_cost', 'effective_cost', 'metric_value'],
], "metric_id = 'inferences'") }}
union all
{{ kpi_rows('measured', [
    ['cost_per_thought', 'full_stack', 'effective_cost', 'metric_value'],
], "metric_id = 'ai_requests'") }}
union all
{{ kpi_rows('measured', [
    ['saas_unit_cost', 'active_users', 'effective_cost', 'metric_value'],
], "metric_id = 'active_users'") }}
union all
{{ kpi_rows('first_metrics', [
    ['unit_cost', 'business_metric', 'effective_cost', 'metric_value'],
]) }}
