-- What a core, a gigabyte and a token cost, of meters that tell them; and how Kubernetes uses what it holds.
with usage as (
    {{ kpi_scoped(ref('kpi_usage_cells'), kpi_usage_measures()) }}
),

cores as (

    -- unused commitment is paid for cores too
    select
        usage.scope_type,
        usage.scope_id,
        usage.period_start,
        usage.currency,
        usage.core_cost + inputs.commitment_unused_cost as paid_core_cost,
        {{ ratio('usage.core_hours',
            date_difference('usage.period_start', next_month('usage.period_start')) ~ ' * 24') }} as average_cores
    from usage
    inner join {{ ref('kpi_inputs') }} as inputs
        on
            usage.scope_type = inputs.scope_type
            and usage.scope_id = inputs.scope_id
            and usage.period_start = inputs.period_start
            and usage.currency = inputs.currency
    where usage.scope_type in ('company', 'provider') and usage.core_hours is not null

),

calls as (

    select
        scope_type,
        scope_id,
        metric_month,
        sum(metric_value) as call_count
    from {{ ref('fct_delivered_metrics_monthly') }}
    where metric_id = 'llm_calls'
    group by scope_type, scope_id, metric_month

),

-- tokens at public prices beside the calls of models that they served
requests as (

    select
        usage.scope_type,
        usage.scope_id,
        usage.period_start,
        usage.currency,
        usage.token_list_cost,
        calls.call_count
    from usage
    inner join calls
        on
            usage.scope_type = calls.scope_type
            and usage.scope_id = calls.scope_id
            and usage.period_start = calls.metric_month
    where usage.token_cost is not null

),

clusters as (

    select
        'company' as scope_type,
        'all' as scope_id,
        {{ month_of('usage_date') }} as period_start,
        cast(null as string) as currency,
        sum(cpu_used_core_hours) as used_core_hours,
        sum(cpu_core_hours) as held_core_hours,
        sum(ram_used_byte_hours) as used_byte_hours,
        sum(ram_byte_hours) as held_byte_hours
    from {{ ref('fct_kubernetes_allocations_daily') }}
    group by {{ month_of('usage_date') }}

)

{{ kpi_rows('usage', [
    ['commitment_coverage', 'core_hours', 'coalesce(covered_core_hours, 0)', 'core_hours_without_spot'],
    ['cost_per_core', 'hour', 'core_cost', 'core_hours'],
], 'core_hours is not null') }}
union all
{{ kpi_rows('cores', [['cost_per_core', 'month', 'paid_core_cost', 'average_cores']]) }}
union all
{{ kpi_rows('usage', [['cost_per_gigabyte', 'stored_month', 'stored_cost', 'stored_gb_months']],
    'stored_gb_months is not null') }}
union all
{{ kpi_rows('usage', [['frequent_storage_share', 'gigabytes', 'coalesce(frequent_gb_months, 0)', 'tiered_gb_months']],
    'tiered_gb_months is not null') }}
union all
{{ kpi_rows('usage', [
    ['token_cost', 'per_million', 'token_cost', "tokens / 1000000"],
    ['token_cost', 'tokens', "tokens / 1000000", '1'],
    ['cache_hit_rate', 'input_tokens',
        'coalesce(cached_input_tokens, 0)', 'coalesce(input_tokens, 0) + coalesce(cached_input_tokens, 0)'],
], 'tokens is not null') }}
union all
{{ kpi_rows('usage', [
    ['reasoning_token_share', 'output_tokens', 'reasoning_tokens', 'coalesce(output_tokens, 0) + reasoning_tokens'],
], 'reasoning_tokens is not null') }}
union all
{{ kpi_rows('requests', [['cost_per_thought', 'model_only', 'token_list_cost', 'call_count']]) }}
union all
{{ kpi_rows('clusters', [
    ['resource_utilization', 'cluster_cores', 'used_core_hours', 'held_core_hours'],
    ['resource_utilization', 'cluster_memory', 'used_byte_hours', 'held_byte_hours'],
]) }}
