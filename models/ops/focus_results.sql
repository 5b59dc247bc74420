with results as (

    select
        'input' as side,
        source_name,
        billing_month,
        focus_version,
        requirement_id,
        checked_rows,
        violating_rows,
        example,
        cast(null as string) as reason,
        cast(null as bigint) as reason_count
    from {{ ref('focus_input_results') }}
    union all
    select
        'output' as side,
        source_name,
        billing_month,
        focus_version,
        requirement_id,
        checked_rows,
        violating_rows,
        example,
        reason,
        reason_count
    from {{ ref('focus_output_results') }}

)

select
    results.source_name,
    results.billing_month,
    results.side,
    results.focus_version,
    results.requirement_id,
    requirements.column_name,
    requirements.level,
    requirements.requirement,
    requirements.reference,
    results.checked_rows,
    results.violating_rows,
    results.example,
    results.reason,
    results.reason_count
from results
inner join {{ ref('focus_requirements') }} as requirements on results.requirement_id = requirements.requirement_id
