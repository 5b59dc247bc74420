-- What somebody should look at before trusting budgets. Nothing here stops a publication: a plan may be unfinished.
with doubled as (

    select
        earlier.budget_version,
        earlier.scope_type,
        earlier.scope_id,
        later.budget_start_date,
        later.budget_end_date,
        earlier.currency,
        earlier.cost_metric,
        earlier.budget_cost,
        later.budget_cost as later_budget_cost
    from {{ ref('fct_budgets') }} as earlier
    inner join {{ ref('fct_budgets') }} as later
        on
            {{ same_budget('earlier', 'later') }}
            and earlier.budget_start_date < later.budget_start_date
            and earlier.budget_end_date > later.budget_start_date

),

unlike as (

    select
        {{ budget_key() }},
        actual_state,
        min(budget_month) as first_month,
        max(budget_month) as last_month,
        sum(budget_cost) as budget_cost
    from {{ ref('fct_budget_months') }}
    where actual_state not in ('known', 'not_begun', 'scope_not_begun', 'no_cost')
    group by {{ budget_key() }}, actual_state

)

select
    'children_sum_to_parent' as check_name,
    budget_version,
    scope_type,
    scope_id,
    child_scope_type,
    budget_month as period_start_date,
    {{ next_month('budget_month') }} as period_end_date,
    currency,
    cost_metric,
    budget_cost as expected_cost,
    children_budget_cost as found_cost,
    children_over_cost as difference_cost,
    case when children_over_cost > 0 then 'warning' when children_over_cost < 0 then 'noted' else 'ok' end
        as check_state,
    case
        when children_over_cost > 0 then 'children_exceed_parent'
        when children_over_cost < 0 then 'parent_keeps_a_reserve'
    end as reason
from {{ ref('fct_budget_roll_ups') }}
union all
select
    'growth_within_guideline' as check_name,
    budget_version,
    scope_type,
    scope_id,
    cast(null as string) as child_scope_type,
    budget_month as period_start_date,
    {{ next_month('budget_month') }} as period_end_date,
    currency,
    cost_metric,
    allowed_cost as expected_cost,
    budget_cost as found_cost,
    {{ money('budget_cost - allowed_cost') }} as difference_cost,
    case when allowed_cost is null then 'noted' when budget_cost > allowed_cost then 'warning' else 'ok' end
        as check_state,
    case
        when allowed_cost is null then 'no_history'
        when budget_cost > allowed_cost then 'grows_faster_than_allowed'
    end as reason
from {{ ref('fct_budget_growth') }}
where max_growth_share is not null
union all
select
    'scope_has_cost' as check_name,
    budget_version,
    scope_type,
    scope_id,
    cast(null as string) as child_scope_type,
    first_month as period_start_date,
    {{ next_month('last_month') }} as period_end_date,
    currency,
    cost_metric,
    {{ money('null') }} as expected_cost,
    {{ money('budget_cost') }} as found_cost,
    {{ money('null') }} as difference_cost,
    case when actual_state = 'before_first_cost' then 'noted' else 'warning' end as check_state,
    actual_state as reason
from unlike
union all
select
    'budgets_do_not_overlap' as check_name,
    budget_version,
    scope_type,
    scope_id,
    cast(null as string) as child_scope_type,
    budget_start_date as period_start_date,
    budget_end_date as period_end_date,
    currency,
    cost_metric,
    budget_cost as expected_cost,
    later_budget_cost as found_cost,
    later_budget_cost as difference_cost,
    'warning' as check_state,
    'both_count' as reason
from doubled
union all
select
    'fiscal_calendar_is_whole' as check_name,
    cast(null as string) as budget_version,
    cast(null as string) as scope_type,
    cast(null as string) as scope_id,
    cast(null as string) as child_scope_type,
    start_date as period_start_date,
    end_date as period_end_date,
    cast(null as string) as currency,
    cast(null as string) as cost_metric,
    {{ money('null') }} as expected_cost,
    {{ money('null') }} as found_cost,
    {{ money('null') }} as difference_cost,
    'warning' as check_state,
    reason
from {{ ref('fct_fiscal_gaps') }}
