{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Labels and tags merged once for each set of them that lines have: merging takes ten times as long as finding the set.
with sets as (

    select
        source_name,
        billing_month,
        {{ build_hash(gcp_tag_maps()) }} as tag_hash,
        {{ carried_map('labels') }} as labels,
        {{ carried_map('resource_tags') }} as resource_tags,
        {{ carried_map('project_labels') }} as project_labels,
        {{ carried_map('system_labels') }} as system_labels
    from {{ ref('stg_gcp_billing__line_items') }}
    where {{ in_rebuild() }}
    group by source_name, billing_month, {{ build_hash(gcp_tag_maps()) }}

)

select
    source_name,
    billing_month,
    tag_hash,
    {{ merged_tags(gcp_tag_maps()) }} as tags
from sets
