-- Requests as they stand: the hours to a decision, and the month that each side of it belongs to.
select
    request_id,
    request_type,
    lower(subject_id) as subject_id,
    {{ month_of('requested_at') }} as requested_month,
    {{ month_of('decided_at') }} as decided_month,
    {{ hours_between('requested_at', 'decided_at') }} as decision_hours,
    estimated_monthly_cost,
    currency,
    decision
from {{ ref('stg_facts__approvals') }}
