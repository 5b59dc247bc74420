select
    scope_type,
    scope_id,
    max_growth_share,
    over_tolerance_share,
    under_tolerance_share,
    valid_from,
    coalesce(valid_to, date '9999-12-31') as valid_to
from {{ source('raw', 'rule_budget_guidelines') }}
