-- What checks found without stopping the publication: of this run what is checked before the feed is built, of the last
-- run that published what is checked after it, and in deliveries as long as they count.
with former as (

    select
        finding_name as check_name,
        finding_source_name as source_name,
        finding_billing_month as billing_month,
        finding_delivery_id as delivery_id,
        finding_row_count as failing_rows,
        'Found on ' || cast(cast(ended_at as date) as string) || ': ' || finding_message as check_message,
        run_status = 'published'
        and dense_rank() over (partition by run_status order by ended_at desc) = 1 as is_of_last
    from {{ source('raw', 'run_outcomes') }}

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
        former.check_name,
        former.source_name,
        former.failing_rows,
        former.check_message
    from former
    inner join {{ ref('delivery_ledger') }} as ledger
        on
            former.source_name = ledger.source_name
            and former.billing_month = substr(cast(ledger.billing_month as string), 1, 7)
            and former.delivery_id = ledger.delivery_id
    where ledger.state in ('current', 'added')
    union all
    select
        former.check_name,
        former.source_name,
        former.failing_rows,
        former.check_message
    from former
    left join {{ source('analysis', 'run_checks') }} as checks on former.check_name = checks.check_name
    where
        former.is_of_last
        and former.check_name is not null
        and former.source_name is null
        and checks.check_name is null

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
