-- How many months in a row each scope has been over its budget, up to the newest month that is over.
with months as (

    {{ budgets_in_force() }}

)

select
    'budget_streak' as alert_kind,
    scope_type,
    scope_id,
    cost_metric as subject,
    currency,
    {{ money('consecutive_months_over') }} as alert_value,
    over_budget_cost as impact_cost,
    '{scope} is over budget for the ' || cast(consecutive_months_over as string)
    || case consecutive_months_over when 1 then 'st' when 2 then 'nd' when 3 then 'rd' else 'th' end
    || ' month in a row' as title,
    'In ' || substr(cast(budget_month as string), 1, 7) || ' cost was '
    || {{ amount_words('actual_cost', 'currency') }} || ' of a budget of '
    || {{ amount_words('budget_cost') }} || '.' as finding,
    'select * from budget_vs_actual where scope_type = ' || {{ quoted('scope_type') }} || ' and scope_id = '
    || {{ quoted('scope_id') }} || ' order by budget_month desc' as link_query
from months
where budget_month = newest_month
