-- How much of a budget each of its days weighs. Where the scope has no history to take a season from, or one that costs
-- nothing on balance, all days weigh the same, and the row says so.
with weighed as (

    select
        budgets.budget_version,
        budgets.scope_type,
        budgets.scope_id,
        budgets.budget_start_date,
        budgets.delivered_currency,
        budgets.phasing,
        calendar.calendar_date,
        case
            when budgets.phasing = 'seasonal' then seasons.weight
            when budgets.phasing = 'working_days' and not calendar.is_working_day then 0
            else 1
        end as weight
    from {{ ref('fct_budgets') }} as budgets
    inner join {{ ref('dim_fiscal_calendar') }} as calendar
        on
            budgets.budget_start_date <= calendar.calendar_date
            and budgets.budget_end_date > calendar.calendar_date
    left join {{ ref('fct_budget_seasons') }} as seasons
        on
            budgets.scope_type = seasons.scope_type
            and budgets.scope_id = seasons.scope_id
            and budgets.budget_start_date = seasons.budget_start_date
            and calendar.weekday = seasons.weekday
            and extract(month from calendar.calendar_date) = seasons.month_number

),

judged as (

    select
        *,
        countif(weight is null) over pools = 0 and coalesce(sum(weight) over pools, 0) > 0 as is_usable
    from weighed
    window pools as (partition by budget_version, scope_type, scope_id, budget_start_date, delivered_currency)

)

select
    budget_version,
    scope_type,
    scope_id,
    budget_start_date,
    delivered_currency,
    calendar_date,
    case when is_usable then phasing else 'even' end as phasing_used,
    {{ money('case when is_usable then weight else 1 end') }} as weight
from judged
