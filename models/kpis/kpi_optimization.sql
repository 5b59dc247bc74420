-- Recommendations against the cost that they speak of, where a month is needed a whole one. Savings that are estimated
-- beyond what there is to save leave a negative index; it is shown as it is.
with work as (

    select
        cost.work_month,
        {{ planning_currency('currency') }} as currency,
        sum({{ in_planning_currency('work_cost') }}) as work_cost
    {{ beside_monthly_rates(ref('fct_optimization_work_monthly'), 'work_month', 'currency') }}
    group by cost.work_month, {{ planning_currency('currency') }}
    having countif(cost.work_cost is null) = 0

),

invested as (

    select
        inputs.scope_type,
        inputs.scope_id,
        inputs.period_start,
        inputs.currency,
        inputs.realized_cost,
        spent.work_cost
    from {{ ref('kpi_optimization_inputs') }} as inputs
    inner join work as spent
        on inputs.period_start = spent.work_month and inputs.currency = spent.currency
    where inputs.scope_type = 'company' and inputs.is_month_over

)

{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['optimization_index', 'open_savings', 'effective_cost - open_cost', 'effective_cost'],
    ['recognition', 'savings_share', 'verified_cost', 'effective_cost'],
], 'is_month_over') }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['recommendation_links', 'savings', 'linked_cost', 'estimated_cost'],
    ['recommendation_links', 'count', 'linked_count', 'recommendation_count'],
    ['realized_savings_share', 'verified', 'realized_cost', 'planned_cost'],
]) }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['unused_resources', 'effective_cost', 'unused_cost', 'resource_cost'],
    ['unused_resources', 'resource_count', 'unused_count', 'resource_count'],
    ['legacy_resources', 'effective_cost', 'legacy_cost', 'resource_cost'],
    ['optimization_coverage', 'reviewed', 'reviewed_cost', 'resource_cost'],
    ['optimization_coverage', 'implemented', 'implemented_cost', 'resource_cost'],
], of_providers()) }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['automation_checkpoint', 'reviewed', 'checked_count', 'automated_count'],
], "scope_type in ('company', 'provider')") }}
union all
{{ kpi_rows('invested', [['optimization_roi', 'realized', 'realized_cost', 'work_cost']]) }}
