-- Cost performance index: what the budget earned by the work done, over what it cost. Work done is the unit cost that
-- was planned (budget over the target volume of the month) against the one that came; of several metrics with a target
-- the first by name.
with earned as (

    select
        economics.scope_type,
        economics.scope_id,
        economics.metric_month as period_start,
        economics.currency,
        economics.effective_cost,
        budgets.budget_cost,
        {{ ratio('budgets.budget_cost', 'economics.target_value') }} as planned_unit_cost,
        economics.unit_cost
    from {{ ref('fct_unit_economics_monthly') }} as economics
    inner join {{ ref('fct_budget_vs_actual') }} as budgets
        on
            economics.scope_type = budgets.scope_type
            and economics.scope_id = budgets.scope_id
            and economics.metric_month = budgets.budget_month
            and economics.currency = budgets.currency
    where
        budgets.budget_version = 'in_force'
        and budgets.cost_metric = 'effective_cost'
        and budgets.month_state = 'complete'
        and economics.reason is null
        and economics.target_value > 0
        and economics.scope_type = economics.metric_scope_type
        and economics.scope_id = economics.metric_scope_id
    qualify row_number() over (
        partition by economics.scope_type, economics.scope_id, economics.metric_month, economics.currency
        order by economics.metric_id, economics.metric_currency
    ) = 1

)

{{ kpi_rows('earned', [
    ['cost_performance_index', 'unit_cost',
        'budget_cost * ' ~ ratio('planned_unit_cost', 'unit_cost'), 'effective_cost'],
]) }}
