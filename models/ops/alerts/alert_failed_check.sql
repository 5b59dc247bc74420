-- What the checks of the last run that published found without stopping it.
with runs as (

    select *
    from {{ source('raw', 'run_outcomes') }}
    where run_status = 'published'
    qualify dense_rank() over (order by ended_at desc) = 1

)

select
    'failed_check' as alert_kind,
    case when finding_source_name is null then 'company' else 'source' end as scope_type,
    coalesce(finding_source_name, 'all') as scope_id,
    finding_name as subject,
    cast(null as string) as currency,
    {{ money('greatest(sum(finding_row_count), 1)') }} as alert_value,
    {{ money('null') }} as impact_cost,
    'Check ' || finding_name || ' found something' as title,
    max(finding_message) as finding,
    cast(null as string) as link_query
from runs
where finding_name is not null
group by finding_name, finding_source_name
