-- What may explain that our lines violate a requirement: the delivered columns that decide it, be it the column of a
-- FOCUS export itself (or its predecessor) or the native columns that seeds/reference/focus_gaps.csv names.
with columns_delivered as (

    select
        deliveries.source_name,
        deliveries.billing_month,
        deliveries.format,
        delivery_schemas.canonical_name
    from {{ source('raw', 'deliveries') }} as deliveries
    inner join {{ source('raw', 'delivery_schemas') }} as delivery_schemas
        on deliveries.schema_id = delivery_schemas.schema_id
    -- the deliveries whose lines are looked at: of a closed month the one that it is pinned to
    where deliveries.line_source_name = deliveries.source_name

),

formats as (

    select
        source_name,
        billing_month,
        format
    from columns_delivered
    group by source_name, billing_month, format

),

deciding as (

    select
        'focus' as format_name,
        requirement_id,
        column_name as native_column
    from {{ ref('focus_requirements') }}
    union all
    select
        format as format_name,
        requirement_id,
        coalesce(native_column, '') as native_column
    from {{ ref('focus_gaps') }}

)

select
    formats.source_name,
    formats.billing_month,
    deciding.requirement_id,
    formats.format = 'focus' as is_focus,
    countif(deciding.native_column <> '') as native_columns,
    countif(columns_delivered.canonical_name is not null) as delivered_columns
from formats
inner join deciding
    on formats.format = deciding.format_name or (deciding.format_name = 'any' and formats.format <> 'focus')
left join columns_delivered
    on
        formats.source_name = columns_delivered.source_name
        and formats.billing_month = columns_delivered.billing_month
        and deciding.native_column = columns_delivered.canonical_name
group by formats.source_name, formats.billing_month, formats.format, deciding.requirement_id
