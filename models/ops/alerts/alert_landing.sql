-- By how much the open month is likely to land outside its budget; `impact_cost` is money, the value a share of the
-- budget. A landing whose range still holds the budget is no alert yet.
select
    'landing' as alert_kind,
    scope_type,
    scope_id,
    cast(budget_month as string) || ':' || cost_metric as subject,
    currency,
    {{ ratio('landing_over_budget_cost', 'budget_cost') }} as alert_value,
    landing_over_budget_cost as impact_cost,
    '{scope} will land over its budget of ' || substr(cast(budget_month as string), 1, 7) as title,
    'The month lands at ' || {{ amount_words('landing_cost', 'currency') }}
    || coalesce(', by its range not below ' || {{ amount_words('landing_low_cost') }}, '')
    || '; the budget is ' || {{ amount_words('budget_cost') }} || '.' as finding,
    'select * from cost_movers where comparison = ' || {{ quoted("'month_over_month'") }} || ' and period_month = '
    || {{ quoted('cast(budget_month as string)') }} || ' and scope_type = ' || {{ quoted('scope_type') }}
    || ' and scope_id = ' || {{ quoted('scope_id') }} || ' order by mover_rank' as link_query
from {{ ref('fct_budget_vs_actual') }}
where
    budget_version = 'in_force'
    and month_state = 'open'
    and coalesce(landing_low_cost, landing_cost) > budget_cost
