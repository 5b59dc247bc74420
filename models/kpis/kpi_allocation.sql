with resources as (

    select
        service_provider_name,
        resource_id,
        posted_month as period_start,
        max(case when is_tagged then 1 else 0 end) as tagged
    from {{ ref('fct_resources_monthly') }}
    group by service_provider_name, resource_id, posted_month

),

counted as (

    select
        'company' as scope_type,
        'all' as scope_id,
        period_start,
        cast(null as string) as currency,
        sum(1 - tagged) as untagged_count,
        count(*) as resource_count
    from resources
    group by period_start
    union all
    select
        'provider' as scope_type,
        service_provider_name as scope_id,
        period_start,
        cast(null as string) as currency,
        sum(1 - tagged) as untagged_count,
        count(*) as resource_count
    from resources
    group by service_provider_name, period_start

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
{{ kpi_rows('counted', [['untagged_share', 'resource_count', 'untagged_count', 'resource_count']]) }}
