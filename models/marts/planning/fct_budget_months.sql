-- Each planned month beside what the books show for it. Where there is nothing to hold it against, the reason stands
-- there instead of a number; a scope whose cost has ended costs nothing, and says why.
with planned as (

    select
        {{ budget_key() }},
        {{ month_of('calendar_date') }} as budget_month,
        max(currency_state) as currency_state,
        sum(budget_cost) as budget_cost
    from {{ ref('fct_budgets_daily') }}
    group by {{ budget_key() }}, {{ month_of('calendar_date') }}

),

posted as (

    select
        scope_type,
        scope_id,
        posted_month,
        currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    group by scope_type, scope_id, posted_month, currency

),

beside as (

    select
        planned.*,
        case when planned.cost_metric = 'billed_cost' then posted.billed_cost else posted.effective_cost end
            as posted_cost,
        case
            when planned.budget_month < clock.open_month then 'complete'
            when planned.budget_month = clock.open_month then 'open'
            else 'future'
        end as month_state,
        case
            when planned.currency_state in ('no_rate', 'several_currencies') then planned.currency_state
            when planned.scope_type in ('feature', 'resource') then 'scope_type_without_cost'
            when scopes.scope_id is null then 'scope_unknown'
            when planned.budget_month > clock.open_month then 'not_begun'
            when planned.budget_month < clock.first_month then 'before_first_cost'
            when posted.scope_id is not null then 'known'
            when scopes.last_charge_date < planned.budget_month then 'scope_ended'
            when scopes.first_charge_date >= {{ next_month('planned.budget_month') }} then 'scope_not_begun'
            else 'no_cost'
        end as actual_state
    from planned
    cross join {{ ref('dim_cost_clock') }} as clock
    left join {{ ref('dim_scopes') }} as scopes
        on planned.scope_type = scopes.scope_type and planned.scope_id = scopes.scope_id
    left join posted
        on
            planned.scope_type = posted.scope_type
            and planned.scope_id = posted.scope_id
            and planned.budget_month = posted.posted_month
            and planned.currency = posted.currency

)

select
    budget_version,
    scope_type,
    scope_id,
    budget_month,
    currency,
    cost_metric,
    month_state,
    actual_state,
    {{ money('budget_cost') }} as budget_cost,
    {{ money("case
        when actual_state = 'known' then posted_cost
        when actual_state in ('scope_ended', 'scope_not_begun', 'no_cost') then 0
    end") }} as actual_cost
from beside
