-- The columns of each delivery against those of the one before it: of the same month, else the last of the one before.
with deliveries as (

    select
        source_name,
        billing_month,
        delivery_id,
        schema_id,
        lag(delivery_id) over (partition by source_name order by billing_month, sequence) as former_delivery_id,
        lag(schema_id) over (partition by source_name order by billing_month, sequence) as former_schema_id
    from {{ source('raw', 'deliveries') }}
    where state in ('current', 'superseded', 'added')

),

both_sides as (

    select
        deliveries.source_name,
        deliveries.billing_month,
        deliveries.delivery_id,
        deliveries.former_delivery_id,
        delivery_schemas.column_name,
        delivery_schemas.column_type,
        delivery_schemas.canonical_name,
        delivery_schemas.schema_id = deliveries.schema_id as is_new_side
    from deliveries
    inner join {{ source('raw', 'delivery_schemas') }} as delivery_schemas
        on delivery_schemas.schema_id in (deliveries.schema_id, deliveries.former_schema_id)
    where deliveries.former_schema_id <> deliveries.schema_id

),

compared as (

    select
        source_name,
        billing_month,
        delivery_id,
        former_delivery_id,
        column_name,
        max(canonical_name) as canonical_name,
        max(case when not is_new_side then column_type end) as former_type,
        max(case when is_new_side then column_type end) as new_type,
        countif(is_new_side) as now_count,
        countif(not is_new_side) as former_count
    from both_sides
    group by source_name, billing_month, delivery_id, former_delivery_id, column_name

)

select
    source_name,
    billing_month,
    delivery_id,
    former_delivery_id,
    case when former_count = 0 then 'new' when now_count = 0 then 'missing' else 'retyped' end as column_change,
    column_name,
    canonical_name,
    former_type,
    new_type,
    {{ letters('column_name') }} as letters,
    countif(former_count = 0) over (partition by source_name, billing_month, delivery_id) as new_column_count,
    countif(now_count = 0) over (partition by source_name, billing_month, delivery_id) as missing_column_count
from compared
where former_count = 0 or now_count = 0 or former_type <> new_type
