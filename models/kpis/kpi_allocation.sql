-- Who has cost and who has not, by cost in its variants, and by the number of resources.
with resources as (

    select
        service_provider_name,
        resource_id,
        posted_month,
        max(case when is_tagged then 1 else 0 end) as tagged,
        max(case when is_allocated then 1 else 0 end) as allocated
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, resource_id, posted_month

),

cells as (

    select
        service_provider_name,
        posted_month,
        cast(null as string) as currency,
        1 as resource_count,
        1 - tagged as untagged_count,
        1 - allocated as unallocated_count
    from resources

),

counted as (
    {{ kpi_scoped('cells', ['resource_count', 'untagged_count', 'unallocated_count'], ['company', 'provider']) }}
)

{{ kpi_rows(ref('kpi_inputs'), [
    ['unallocated_share', 'effective_cost', 'unallocated_cost', 'effective_cost'],
    ['unallocated_share', 'billed_cost', 'unallocated_billed_cost', 'billed_cost'],
    ['unallocated_share', 'usage_cost', 'unallocated_usage_cost', 'usage_cost'],
    ['unallocated_share', 'before_accounts', 'effective_cost - direct_cost', 'effective_cost'],
    ['allocation_accuracy', 'direct', 'direct_cost', 'effective_cost'],
    ['untagged_share', 'effective_cost', 'untagged_cost', 'effective_cost'],
    ['untagged_share', 'taggable_cost', 'untagged_usage_cost', 'usage_cost'],
], "scope_type <> 'team'") }}
union all
{{ kpi_rows(ref('kpi_inputs'), [
    ['tag_compliance', 'effective_cost', 'compliant_cost', 'effective_cost'],
    ['tag_compliance', 'taggable_cost', 'compliant_usage_cost', 'usage_cost'],
]) }}
union all
{{ kpi_rows('counted', [
    ['unallocated_share', 'resource_count', 'unallocated_count', 'resource_count'],
    ['untagged_share', 'resource_count', 'untagged_count', 'resource_count'],
]) }}
