-- Budgets that the newest month that is over went past, beyond what guidelines tolerate.
with months as (

    {{ budgets_in_force() }}

)

select
    'budget_over' as alert_kind,
    scope_type,
    scope_id,
    cast(budget_month as string) || ':' || cost_metric as subject,
    currency,
    over_budget_share as alert_value,
    over_budget_cost as impact_cost,
    '{scope} went over its budget of ' || substr(cast(budget_month as string), 1, 7) as title,
    'Cost was ' || {{ amount_words('actual_cost', 'currency') }} || ' of a budget of '
    || {{ amount_words('budget_cost') }} || '.' as finding,
    'select * from cost_movers where comparison = ' || {{ quoted("'month_over_month'") }} || ' and period_month = '
    || {{ quoted('cast(budget_month as string)') }} || ' and scope_type = ' || {{ quoted('scope_type') }}
    || ' and scope_id = ' || {{ quoted('scope_id') }} || ' order by mover_rank' as link_query
from months
where budget_state = 'over' and budget_month = newest_month
