-- A mart whose totals are to be asked "as known on" a date is one line here.
with kubernetes as (

    -- estimates of use: no provider bills them, and they stand in the books of no month but their own
    select
        *,
        cast(null as string) as service_provider_name,
        billing_month as posted_month,
        usage_date as charge_date,
        currency as billing_currency,
        cluster_name || '/' || coalesce(namespace, '') as cluster_namespace
    from {{ ref('fct_kubernetes_allocations_daily') }}

)

{{ totals_of(
    'cost_daily', ref('fct_cost_daily'), ['billed_cost', 'effective_cost', 'contracted_cost', 'list_cost'],
    'service', 'service_name'
) }}
union all
{{ totals_of(
    'cost_amortized_monthly', ref('fct_cost_amortized_monthly'),
    ['billed_cost', 'effective_cost', 'commitment_purchase_cost', 'commitment_used_cost', 'commitment_unused_cost'],
    'service', 'service_name'
) }}
union all
{{ totals_of(
    'showback_monthly', ref('fct_showback_monthly'), ['billed_cost', 'effective_cost', 'list_cost'], 'team', 'team'
) }}
union all
{{ totals_of(
    'commitments_daily', ref('fct_commitments_daily'), ['purchase_cost', 'used_cost', 'unused_cost', 'savings_cost'],
    'commitment', 'commitment_discount_id'
) }}
union all
{{ totals_of(
    'cost_reporting_monthly', ref('fct_cost_reporting_monthly'),
    ['reporting_billed_cost', 'reporting_effective_cost', 'fx_effect_cost'], 'reporting currency', 'reporting_currency'
) }}
union all
{{ totals_of(
    'kubernetes_allocations_daily', 'kubernetes', ['estimated_total_cost', 'cpu_core_hours', 'ram_byte_hours'],
    'namespace', 'cluster_namespace'
) }}
union all
{{ totals_of_kpis(ref('kpi_results')) }}
union all
{{ totals_of_plans(
    'budget_vs_actual', ref('fct_budget_vs_actual'), 'budget_cost', 'budget',
    "budget_version || '/' || scope_type || '/' || scope_id || '/' || cost_metric", 'budget_month'
) }}
union all
{{ totals_of_plans(
    'unit_economics_monthly', ref('fct_unit_economics_monthly'), 'metric_value', 'metric',
    "metric_id || '/' || scope_type || '/' || scope_id", 'metric_month',
    'scope_type = metric_scope_type and scope_id = metric_scope_id and metric_value is not null'
) }}
