{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

with used as (

    select distinct
        source_name,
        billing_month,
        tag_set_id
    from {{ ref('int_charges_daily') }}
    where {{ in_rebuild() }}

),

tag_sets as (

    select
        tag_set_id,
        max(tags_json) as tags_json
    from {{ ref('int_tag_hashes') }}
    group by tag_set_id

)

select
    used.source_name,
    used.billing_month,
    used.tag_set_id,
    tag_sets.tags_json
from used
inner join tag_sets on used.tag_set_id = tag_sets.tag_set_id
