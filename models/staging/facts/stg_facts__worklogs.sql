select
    source_name,
    delivery_id,
    worklog_id,
    work_date,
    team,
    person_id,
    activity,
    hours,
    hourly_cost,
    currency,
    recommendation_id,
    reference_id,
    description
from {{ source('raw', 'worklogs') }}
