-- Runs that failed after the last one that published.
with published as (

    select max(ended_at) as ended_at
    from {{ source('raw', 'run_outcomes') }}
    where run_status = 'published'

),

failed as (

    select
        outcomes.ended_at,
        outcomes.run_message
    from {{ source('raw', 'run_outcomes') }} as outcomes
    cross join published
    where
        outcomes.run_status = 'failed'
        and outcomes.finding_name is null
        and (published.ended_at is null or outcomes.ended_at > published.ended_at)

)

select
    'failed_run' as alert_kind,
    'company' as scope_type,
    'all' as scope_id,
    cast(null as string) as subject,
    cast(null as string) as currency,
    {{ money('count(*)') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'A run failed' as title,
    max(run_message) as finding,
    'select * from load_ledger order by loaded_at desc' as link_query
from failed
having count(*) > 0
