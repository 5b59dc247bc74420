-- Budget against actual cost. Over and under are judged on months that are over; months over in a row end at a month
-- that is not over, or that has no budget. The open month is judged by where it will land.
with judged as (

    select
        months.*,
        tolerances.over_tolerance_share,
        tolerances.under_tolerance_share,
        months.actual_cost - months.budget_cost as over_budget_cost,
        coalesce(
            months.month_state = 'complete'
            and months.actual_cost > months.budget_cost + months.budget_cost * tolerances.over_tolerance_share,
            false
        ) as is_over,
        coalesce(
            months.month_state = 'complete'
            and months.actual_cost < months.budget_cost - months.budget_cost * tolerances.under_tolerance_share,
            false
        ) as is_under
    from {{ ref('fct_budget_months') }} as months
    inner join {{ ref('fct_budget_tolerances') }} as tolerances
        on
            months.scope_type = tolerances.scope_type
            and months.scope_id = tolerances.scope_id
            and months.budget_month = tolerances.budget_month

),

followed as (

    select
        *,
        not is_over or coalesce({{ next_month('lag(budget_month) over budgets') }} <> budget_month, true) as is_break
    from judged
    window budgets as (
        partition by {{ budget_key() }} order by budget_month
    )

),

grouped as (

    select
        *,
        countif(is_break) over (
            partition by {{ budget_key() }} order by budget_month
        ) as streak
    from followed

),

counted as (

    select
        *,
        case
            when month_state = 'complete' then countif(is_over) over (
                partition by {{ budget_key() }}, streak
                order by budget_month
            )
        end as consecutive_months_over
    from grouped

)

select
    counted.budget_version,
    counted.scope_type,
    counted.scope_id,
    counted.budget_month,
    counted.currency,
    counted.cost_metric,
    counted.month_state,
    counted.actual_state,
    counted.budget_cost,
    counted.actual_cost,
    counted.over_budget_cost,
    {{ ratio('counted.over_budget_cost', 'counted.budget_cost') }} as over_budget_share,
    counted.over_tolerance_share,
    counted.under_tolerance_share,
    case
        when counted.actual_cost is null then counted.actual_state
        when counted.month_state = 'open' then 'open'
        when counted.is_over then 'over'
        when counted.is_under then 'under'
        else 'within'
    end as budget_state,
    cast(counted.consecutive_months_over as bigint) as consecutive_months_over,
    case
        when counted.consecutive_months_over >= 3 then 'escalate'
        when counted.consecutive_months_over = 2 then 'alert'
    end as streak_level,
    landings.landing_cost,
    landings.landing_low_cost,
    landings.landing_high_cost,
    landings.landing_cost - counted.budget_cost as landing_over_budget_cost
from counted
left join {{ ref('fct_month_end_landings') }} as landings
    on
        counted.month_state = 'open'
        and counted.scope_type = landings.scope_type
        and counted.scope_id = landings.scope_id
        and counted.currency = landings.currency
        and counted.cost_metric = landings.cost_metric
        and counted.budget_month = landings.landing_month
