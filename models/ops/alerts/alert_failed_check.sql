-- What checks found without stopping the publication: those of this run that are done before the feed is built, and of
-- the last run that published those that come later. What it found in a delivery was told with it.
with runs as (

    select *
    from {{ source('raw', 'run_outcomes') }}
    where run_status = 'published'
    qualify dense_rank() over (order by ended_at desc) = 1

),

findings as (

    select
        check_name,
        source_name,
        failing_rows,
        check_message
    from {{ source('analysis', 'run_checks') }}
    where not has_passed
    union all
    select
        runs.finding_name as check_name,
        cast(null as string) as source_name,
        runs.finding_row_count as failing_rows,
        runs.finding_message as check_message
    from runs
    left join {{ source('analysis', 'run_checks') }} as checks on runs.finding_name = checks.check_name
    where runs.finding_name is not null and runs.finding_source_name is null and checks.check_name is null

)

select
    'failed_check' as alert_kind,
    case when source_name is null then 'company' else 'source' end as scope_type,
    coalesce(source_name, 'all') as scope_id,
    check_name as subject,
    cast(null as string) as currency,
    {{ money('greatest(sum(failing_rows), 1)') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'Check ' || check_name || ' found something' as title,
    max(check_message)
    || case when count(*) > 1 then ' ' || cast(count(*) - 1 as string) || ' more of this kind.' else '' end as finding,
    cast(null as string) as link_query
from findings
group by check_name, source_name
