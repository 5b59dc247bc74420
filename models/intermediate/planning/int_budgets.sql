-- What is empty in a delivered budget has a meaning; here it is said.
select
    budget_version,
    scope_type,
    scope_id,
    budget_month as budget_start_date,
    case coalesce(budget_grain, 'month')
        when 'year' then {{ add_months('budget_month', 12) }}
        when 'quarter' then {{ add_months('budget_month', 3) }}
        else {{ add_months('budget_month', 1) }}
    end as budget_end_date,
    currency as delivered_currency,
    budget_cost as delivered_budget_cost,
    coalesce(cost_metric, 'effective_cost') as cost_metric,
    coalesce(phasing, 'even') as phasing
from {{ ref('stg_facts__budgets') }}
