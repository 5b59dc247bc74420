-- Budgets that the newest month that is over used less of than guidelines tolerate. A scope that ended before uses
-- none; that it is still planned is a finding of `budget_checks`.
with months as (

    {{ budgets_in_force() }}

)

select
    'budget_under' as alert_kind,
    scope_type,
    scope_id,
    cast(budget_month as string) || ':' || cost_metric as subject,
    currency,
    -over_budget_share as alert_value,
    over_budget_cost as impact_cost,
    '{scope} used little of its budget of ' || substr(cast(budget_month as string), 1, 7) as title,
    'Cost was ' || {{ amount_words('actual_cost', 'currency') }} || ' of a budget of '
    || {{ amount_words('budget_cost') }} || '.' as finding,
    'select * from budget_vs_actual where scope_type = ' || {{ quoted('scope_type') }} || ' and scope_id = '
    || {{ quoted('scope_id') }} || ' order by budget_month desc' as link_query
from months
where
    budget_state = 'under'
    and budget_month = newest_month
    and not {{ has_ended('months', 'budget_month') }}
