-- How a budget burns in a month, or in a fiscal period, quarter or year: planned and spent to date, and when it will be
-- used up. Months are the books'; fiscal periods cut months, so they are by the day of the charge.
with spent as (

    select
        {{ budget_key('spans') }},
        spans.period_type,
        spans.period_start_date,
        spans.budget_cost,
        costs.charge_date,
        sum(case when spans.cost_metric = 'billed_cost' then costs.billed_cost else costs.effective_cost end) as cost
    from {{ ref('fct_budget_spans') }} as spans
    inner join {{ ref('fct_scope_costs_daily') }} as costs
        on
            spans.scope_type = costs.scope_type
            and spans.scope_id = costs.scope_id
            and spans.currency = costs.currency
            and spans.complete_through_date >= costs.charge_date
            and case
                when spans.period_type = 'month' then spans.period_start_date = costs.posted_month
                else costs.charge_date between spans.first_planned_date and spans.last_planned_date
            end
    group by
        {{ budget_key('spans') }}, spans.period_type, spans.period_start_date, spans.budget_cost, costs.charge_date

),

cumulated as (

    select
        *,
        sum(cost) over (
            partition by {{ budget_key() }}, period_type, period_start_date
            order by charge_date
        ) as cost_until
    from spent

),

burned as (

    select
        {{ budget_key() }},
        period_type,
        period_start_date,
        sum(cost) as actual_so_far_cost,
        min(case when cost_until >= budget_cost then charge_date end) as used_up_date
    from cumulated
    group by {{ budget_key() }}, period_type, period_start_date

),

ended as (

    select
        *,
        least(last_planned_date, complete_through_date) as so_far_date
    from {{ ref('fct_budget_spans') }}
    where first_planned_date <= complete_through_date

),

beside as (

    select
        ended.*,
        coalesce(burned.actual_so_far_cost, 0) as actual_so_far_cost,
        burned.used_up_date,
        {{ date_difference('ended.first_planned_date', 'ended.so_far_date') }} + 1 as days_so_far,
        {{ date_difference('ended.so_far_date', 'ended.last_planned_date') }} as days_ahead
    from ended
    left join burned
        on
            {{ same_budget('ended', 'burned') }}
            and ended.period_type = burned.period_type
            and ended.period_start_date = burned.period_start_date

)

select
    {{ budget_key() }},
    period_type,
    period_start_date,
    period_end_date,
    first_planned_date,
    last_planned_date,
    so_far_date as to_date,
    days_ahead = 0 as is_over,
    cast(days_so_far as bigint) as days_so_far,
    {{ money('budget_cost') }} as budget_cost,
    {{ money('planned_so_far_cost') }} as planned_so_far_cost,
    {{ money('actual_so_far_cost') }} as actual_so_far_cost,
    {{ money('actual_so_far_cost - planned_so_far_cost') }} as over_planned_cost,
    {{ money('budget_cost - actual_so_far_cost') }} as remaining_cost,
    {{ ratio('actual_so_far_cost', 'days_so_far') }} as daily_burn_cost,
    {{ ratio('planned_so_far_cost', 'days_so_far') }} as planned_daily_burn_cost,
    {{ ratio('actual_so_far_cost', 'planned_so_far_cost') }} as burn_share,
    {{ ratio('budget_cost - actual_so_far_cost', 'days_ahead') }} as affordable_daily_cost,
    actual_so_far_cost >= budget_cost as is_exhausted,
    -- at the pace so far, if that is before the end; of what is used up, when it was
    case
        when actual_so_far_cost >= budget_cost then greatest(used_up_date, first_planned_date)
        when
            (budget_cost - actual_so_far_cost) * days_so_far <= actual_so_far_cost * days_ahead
            then {{ add_days(
                'so_far_date',
                'cast(ceil(' ~ as_float('(budget_cost - actual_so_far_cost) * days_so_far')
                ~ ' / ' ~ as_float('actual_so_far_cost') ~ ') as bigint)'
            ) }}
    end as exhaustion_date
from beside
