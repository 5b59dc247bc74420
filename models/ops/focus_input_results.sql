-- What a provider's FOCUS export got wrong, by the version that it declares. A column that was not delivered is one
-- violation, of the requirement that it be there, and none of the others.
with versions as (

    select
        source_name,
        billing_month,
        schema_id,
        row_count,
        coalesce(format_version, '1.0') as focus_version
    from {{ source('raw', 'deliveries') }}
    -- the delivery whose lines are looked at: of a closed month the one that it is pinned to
    where line_source_name = source_name and format = 'focus'
    qualify row_number() over (partition by source_name, billing_month order by sequence desc) = 1

),

judged as (

    select
        versions.source_name,
        versions.billing_month,
        versions.focus_version,
        versions.row_count,
        requirements.requirement_id,
        requirements.kind,
        countif(delivery_schemas.canonical_name = requirements.column_name) > 0 as is_delivered
    from versions
    inner join {{ ref('focus_requirements') }} as requirements
        on
            versions.focus_version >= requirements.since_version
            and (coalesce(requirements.until_version, '') = '' or versions.focus_version < requirements.until_version)
    inner join {{ source('raw', 'delivery_schemas') }} as delivery_schemas
        on versions.schema_id = delivery_schemas.schema_id
    group by
        versions.source_name, versions.billing_month, versions.focus_version, versions.row_count,
        requirements.requirement_id, requirements.kind

)

select
    judged.source_name,
    judged.billing_month,
    judged.focus_version,
    judged.requirement_id,
    case when judged.kind = 'present' then judged.row_count else counts.checked_rows end as checked_rows,
    case
        when judged.kind <> 'present' then counts.violating_rows
        when judged.is_delivered then 0
        else judged.row_count
    end as violating_rows,
    case when judged.kind <> 'present' then counts.example end as example
from judged
left join {{ ref('int_focus_requirements') }} as counts
    on
        judged.source_name = counts.source_name
        and judged.billing_month = counts.billing_month
        and judged.requirement_id = counts.requirement_id
        and counts.side = 'input'
where judged.kind = 'present' or (judged.is_delivered and counts.requirement_id is not null)
