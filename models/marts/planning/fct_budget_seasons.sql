-- How a scope's usage of the year before a seasonal budget was spread, by weekday and by month of the year, each
-- against the average day. A month of the year that is not in the history is an average one.
with budgets as (

    select distinct
        scope_type,
        scope_id,
        budget_start_date
    from {{ ref('fct_budgets') }}
    where phasing = 'seasonal'

),

history as (

    select
        budgets.scope_type,
        budgets.scope_id,
        budgets.budget_start_date,
        {{ weekday_of('costs.charge_date') }} as weekday,
        extract(month from costs.charge_date) as month_number,
        sum(costs.effective_cost) as cost
    from budgets
    inner join {{ ref('fct_scope_costs_daily') }} as costs
        on
            budgets.scope_type = costs.scope_type
            and budgets.scope_id = costs.scope_id
            and budgets.budget_start_date > costs.charge_date
            and {{ add_months('budgets.budget_start_date', -12) }} <= costs.charge_date
    inner join {{ ref('dim_cost_clock') }} as clock
        on costs.charge_date <= clock.complete_through_date
    where costs.charge_category = 'Usage'
    group by budgets.scope_type, budgets.scope_id, budgets.budget_start_date, costs.charge_date

),

averages as (

    select
        scope_type,
        scope_id,
        budget_start_date,
        sum(cost) / count(*) as cost
    from history
    group by scope_type, scope_id, budget_start_date

),

{% for part in ['weekday', 'month_number'] %}
    by_{{ part }} as (

        select
            history.scope_type,
            history.scope_id,
            history.budget_start_date,
            history.{{ part }},
            {{ ratio('sum(history.cost) / count(*)', 'max(averages.cost)') }} as weight
        from history
        inner join averages
            on
                history.scope_type = averages.scope_type
                and history.scope_id = averages.scope_id
                and history.budget_start_date = averages.budget_start_date
        group by history.scope_type, history.scope_id, history.budget_start_date, history.{{ part }}

    ),
{% endfor %}

cells as (

    select
        by_weekday.*,
        month_number
    from by_weekday, unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) as month_number

)

select
    cells.scope_type,
    cells.scope_id,
    cells.budget_start_date,
    cast(cells.weekday as bigint) as weekday,
    cast(cells.month_number as bigint) as month_number,
    {{ money('round(greatest(cells.weight, 0) * greatest(coalesce(by_month_number.weight, 1), 0), 9)') }} as weight
from cells
left join by_month_number
    on
        cells.scope_type = by_month_number.scope_type
        and cells.scope_id = by_month_number.scope_id
        and cells.budget_start_date = by_month_number.budget_start_date
        and cells.month_number = by_month_number.month_number
