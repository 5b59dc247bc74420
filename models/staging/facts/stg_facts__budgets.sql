select
    source_name,
    delivery_id,
    budget_version,
    scope_type,
    scope_id,
    budget_month,
    currency,
    budget_cost,
    cost_metric,
    budget_grain,
    phasing,
    approved_by,
    approved_date,
    note
from {{ source('raw', 'budgets') }}
