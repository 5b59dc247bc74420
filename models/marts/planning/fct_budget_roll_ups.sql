-- The budgets of children added up beside their parent's, of one version, month, currency and kind of cost. A level
-- that nobody budgets is skipped: teams are then held against the company; where some units have a budget, the teams of
-- a unit without one count in its place. Each kind of child is a split of its own.
with placed as (

    select
        months.budget_version,
        months.scope_type,
        months.scope_id,
        months.budget_month,
        months.currency,
        months.cost_metric,
        months.budget_cost,
        coalesce(scopes.parent_scope_type, 'company') as parent_scope_type,
        coalesce(scopes.parent_scope_id, 'all') as parent_scope_id
    from {{ ref('fct_budget_months') }} as months
    left join {{ ref('dim_scopes') }} as scopes
        on months.scope_type = scopes.scope_type and months.scope_id = scopes.scope_id
    where months.scope_type <> 'company'

),

budgeted as (

    select distinct
        budget_version,
        budget_month,
        scope_type,
        scope_id
    from {{ ref('fct_budget_months') }}

),

levels as (

    select distinct
        budget_version,
        budget_month,
        scope_type
    from budgeted

),

-- the company's children are budgets whose own parent has none: at a level that others of its kind budget, in its place
children as (

    select
        placed.budget_version,
        placed.budget_month,
        placed.currency,
        placed.cost_metric,
        case when budgeted.scope_id is null then 'company' else placed.parent_scope_type end as parent_scope_type,
        case when budgeted.scope_id is null then 'all' else placed.parent_scope_id end as parent_scope_id,
        case
            when budgeted.scope_id is null then coalesce(levels.scope_type, placed.scope_type)
            else placed.scope_type
        end as child_scope_type,
        placed.budget_cost
    from placed
    left join budgeted
        on
            placed.budget_version = budgeted.budget_version
            and placed.budget_month = budgeted.budget_month
            and placed.parent_scope_type = budgeted.scope_type
            and placed.parent_scope_id = budgeted.scope_id
    left join levels
        on
            placed.budget_version = levels.budget_version
            and placed.budget_month = levels.budget_month
            and placed.parent_scope_type = levels.scope_type
            and levels.scope_type <> 'company'

)

select
    parents.budget_version,
    parents.scope_type,
    parents.scope_id,
    parents.budget_month,
    parents.currency,
    parents.cost_metric,
    children.child_scope_type,
    {{ money('max(parents.budget_cost)') }} as budget_cost,
    {{ money('sum(children.budget_cost)') }} as children_budget_cost,
    {{ money('sum(children.budget_cost) - max(parents.budget_cost)') }} as children_over_cost
from {{ ref('fct_budget_months') }} as parents
inner join children
    on
        parents.budget_version = children.budget_version
        and parents.scope_type = children.parent_scope_type
        and parents.scope_id = children.parent_scope_id
        and parents.budget_month = children.budget_month
        and parents.currency = children.currency
        and parents.cost_metric = children.cost_metric
group by
    parents.budget_version, parents.scope_type, parents.scope_id, parents.budget_month, parents.currency,
    parents.cost_metric, children.child_scope_type
