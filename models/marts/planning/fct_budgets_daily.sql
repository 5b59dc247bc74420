-- The budget of each day: what is planned until its evening less what was planned until the evening before. The days of
-- a budget sum to it exactly; budgets that overlap add up, and budget_checks tells them.
with cumulated as (

    select
        *,
        sum(weight) over (
            partition by budget_version, scope_type, scope_id, budget_start_date, delivered_currency
            order by calendar_date
        ) as weight_until,
        sum(weight) over (
            partition by budget_version, scope_type, scope_id, budget_start_date, delivered_currency
        ) as weight_of_all
    from {{ ref('fct_budget_day_weights') }}

),

planned as (

    select
        cumulated.*,
        budgets.currency,
        budgets.cost_metric,
        budgets.currency_state,
        {{ planned_until('budgets.budget_cost', 'cumulated.weight_until', 'cumulated.weight_of_all') }} as planned_cost
    from cumulated
    inner join {{ ref('fct_budgets') }} as budgets
        on
            cumulated.budget_version = budgets.budget_version
            and cumulated.scope_type = budgets.scope_type
            and cumulated.scope_id = budgets.scope_id
            and cumulated.budget_start_date = budgets.budget_start_date
            and cumulated.delivered_currency = budgets.delivered_currency

),

phased as (

    select
        *,
        planned_cost - coalesce(lag(planned_cost) over (
            partition by budget_version, scope_type, scope_id, budget_start_date, delivered_currency
            order by calendar_date
        ), 0) as budget_cost
    from planned

),

daily as (

    select
        budget_version,
        scope_type,
        scope_id,
        calendar_date,
        currency,
        cost_metric,
        max(currency_state) as currency_state,
        max(phasing_used) as phasing_used,
        sum(budget_cost) as budget_cost
    from phased
    group by budget_version, scope_type, scope_id, calendar_date, currency, cost_metric

),

-- the budget in force: the current one where the scope has one for the day, else the original
forces as (

    select
        *,
        budget_version = case
            when countif(budget_version = 'current') over (partition by scope_type, scope_id, calendar_date) > 0
                then 'current'
            else 'original'
        end as is_in_force
    from daily

)

{% for version, is_shown in [('budget_version', 'true'), ("'in_force'", 'is_in_force')] %}
    select
        {{ version }} as budget_version,
        scope_type,
        scope_id,
        calendar_date,
        currency,
        cost_metric,
        currency_state,
        phasing_used,
        {{ money('budget_cost') }} as budget_cost
    from forces
    where {{ is_shown }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
