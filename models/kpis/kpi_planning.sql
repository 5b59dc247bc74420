-- Budgets: how far off the months that are over are, how fast the open ones burn, and what came of what was expected in
-- the middle of a month. Of budgets for both kinds of cost, the one for effective cost counts.
with judged as (

    select
        budget_version,
        scope_type,
        scope_id,
        budget_month as period_start,
        currency,
        budget_cost,
        over_budget_cost,
        consecutive_months_over
    from {{ ref('fct_budget_vs_actual') }}
    where month_state = 'complete' and actual_cost is not null
    qualify row_number() over (
        partition by budget_version, scope_type, scope_id, budget_month, currency order by cost_metric desc
    ) = 1

),

burning as (

    select
        scope_type,
        scope_id,
        period_start_date as period_start,
        currency,
        actual_so_far_cost,
        planned_so_far_cost,
        days_so_far
    from {{ ref('fct_budget_burn') }}
    where budget_version = 'in_force' and period_type = 'month'
    qualify row_number() over (
        partition by scope_type, scope_id, period_start_date, currency order by cost_metric desc
    ) = 1

),

expected as (

    select
        estimates.scope_type,
        estimates.scope_id,
        estimates.landing_month as period_start,
        estimates.currency,
        estimates.cost_metric,
        estimates.posted_cost,
        estimates.landing_cost
    from {{ ref('fct_landing_estimates') }} as estimates
    inner join {{ ref('dim_cost_clock') }} as clock on estimates.landing_month < clock.open_month
    where estimates.as_of_date = {{ add_days('estimates.landing_month', 14) }}

)

{{ kpi_rows('judged', [
    ['budget_variance', 'over_budget', 'over_budget_cost', 'budget_cost'],
    ['budget_variance', 'underuse', 'greatest(-over_budget_cost, 0)', 'budget_cost'],
    ['months_over_budget', 'consecutive', 'consecutive_months_over', '1'],
], "budget_version = 'in_force'") }}
union all
{{ kpi_rows('judged', [
    ['budget_variance', 'original', 'over_budget_cost', 'budget_cost'],
], "budget_version = 'original'") }}
union all
{{ kpi_rows('judged', [
    ['budget_variance', 'latest_estimate', 'over_budget_cost', 'budget_cost'],
], "budget_version = 'latest_estimate'") }}
union all
{{ kpi_rows('burning', [
    ['budget_burn_rate', 'planned', 'actual_so_far_cost', 'planned_so_far_cost'],
    ['budget_burn_rate', 'per_day', 'actual_so_far_cost', 'days_so_far'],
]) }}
union all
{{ kpi_rows('expected', [
    ['bill_shock', 'mid_month_landing', 'posted_cost - landing_cost', 'landing_cost'],
], "cost_metric = 'effective_cost'") }}
union all
{{ kpi_rows('expected', [
    ['bill_shock', 'billed_mid_month', 'posted_cost - landing_cost', 'landing_cost'],
], "cost_metric = 'billed_cost'") }}
