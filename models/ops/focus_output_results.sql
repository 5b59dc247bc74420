-- Every requirement of FOCUS 1.4 on our lines, and why what does not meet it could not be helped. A FOCUS export
-- explains as many rows as violate the requirement where it was delivered; another bill what focus_gaps.csv says, but
-- for rows whose native column is filled: those our mapping has lost. What nothing explains has no reason, and nothing
-- is published: the back door sees to it.
with explained as (

    select
        counts.source_name,
        counts.billing_month,
        counts.requirement_id,
        counts.checked_rows,
        counts.violating_rows,
        counts.example,
        case
            when gaps.native_columns = 0 then 'not_derivable'
            when gaps.delivered_columns = 0 then 'absent_in_input_version'
            when requirements.kind = 'filled' then 'null_at_provider'
            else 'not_derivable'
        end as reason,
        case
            when gaps.requirement_id is null then 0
            when not gaps.is_focus then counts.violating_rows - counts.lost_rows
            when gaps.delivered_columns = 0 then counts.violating_rows
            else least(counts.violating_rows, coalesce(inputs.violating_rows, 0))
        end as reason_count
    from {{ ref('int_focus_requirements') }} as counts
    inner join {{ ref('focus_requirements') }} as requirements
        on counts.requirement_id = requirements.requirement_id and coalesce(requirements.until_version, '') = ''
    left join {{ ref('focus_gap_columns') }} as gaps
        on
            counts.source_name = gaps.source_name
            and counts.billing_month = gaps.billing_month
            and counts.requirement_id = gaps.requirement_id
    left join {{ ref('int_focus_requirements') }} as inputs
        on
            counts.source_name = inputs.source_name
            and counts.billing_month = inputs.billing_month
            and counts.requirement_id = inputs.requirement_id
            and inputs.side = 'input'
    where counts.side = 'output'

)

select
    source_name,
    billing_month,
    '1.4' as focus_version,
    requirement_id,
    checked_rows,
    violating_rows,
    example,
    case when reason_count > 0 then reason end as reason,
    cast(reason_count as bigint) as reason_count
from explained
