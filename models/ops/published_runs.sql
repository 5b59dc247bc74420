-- The runs that published, with how long it took from their start until readers saw the result. Runs before that was
-- noted do not tell it.
select
    run_id,
    started_at,
    max(ended_at) as ended_at,
    {{ minutes_between('started_at', 'max(ended_at)') }} as run_minutes
from {{ source('raw', 'run_outcomes') }}
where run_status = 'published' and started_at is not null
group by run_id, started_at
