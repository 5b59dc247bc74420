-- What recommendations and the resources that they speak of add up to per scope, from the first month on in which the
-- scope has any recommendation: before, nothing is known, which is not the same as nothing to save.
with recommended as (

    select
        {{ all_but(
            ['currency', 'estimated_monthly_savings_cost', 'realized_monthly_savings_cost'], 'cost'
        ) }},
        {{ planning_currency('currency') }} as currency,
        {{ in_planning_currency('estimated_monthly_savings_cost') }} as estimated_monthly_savings_cost,
        {{ in_planning_currency('realized_monthly_savings_cost') }} as realized_monthly_savings_cost
    {{ beside_monthly_rates(ref('fct_recommendations_monthly'), currency='currency') }}

),

reviewed as (

    select
        {{ all_but(['effective_cost'], 'cost') }},
        {{ planning_currency() }} as currency,
        {{ in_planning_currency('effective_cost') }} as effective_cost
    {{ beside_monthly_rates(ref('fct_reviewed_resources_monthly')) }}

),

recommended_cells as (

    select
        service_provider_name,
        coalesce(service_name, {{ unknown_scope() }}) as service_name,
        coalesce(team, {{ unallocated() }}) as team,
        posted_month,
        currency,
        count(*) as recommendation_count,
        countif(is_linked) as linked_count,
        sum(estimated_monthly_savings_cost) as estimated_cost,
        sum(case when is_linked then estimated_monthly_savings_cost else 0 end) as linked_cost,
        sum(case when is_open then estimated_monthly_savings_cost else 0 end) as open_cost,
        sum(
            case
                when is_implemented and realized_monthly_savings_cost is not null then estimated_monthly_savings_cost
            end
        ) as planned_cost,
        sum(realized_monthly_savings_cost) as realized_cost,
        sum(case when is_verified then realized_monthly_savings_cost else 0 end) as verified_cost,
        countif(is_automated and is_implemented) as automated_count,
        countif(is_automated and is_implemented and is_reviewed_before) as checked_count
    from recommended
    group by
        service_provider_name, coalesce(service_name, {{ unknown_scope() }}), coalesce(team, {{ unallocated() }}),
        posted_month, currency

),

resource_cells as (

    select
        service_provider_name,
        coalesce(service_name, {{ unknown_scope() }}) as service_name,
        cast(null as string) as team,
        posted_month,
        currency,
        count(*) as resource_count,
        countif(is_unused) as unused_count,
        sum(effective_cost) as resource_cost,
        sum(case when is_unused then effective_cost else 0 end) as unused_cost,
        sum(case when is_legacy then effective_cost else 0 end) as legacy_cost,
        sum(case when is_reviewed then effective_cost else 0 end) as reviewed_cost,
        sum(case when is_reviewed and not is_owed then effective_cost else 0 end) as implemented_cost
    from reviewed
    group by service_provider_name, coalesce(service_name, {{ unknown_scope() }}), posted_month, currency

),

recommended_scopes as (
    {{ kpi_scoped('recommended_cells', [
        'recommendation_count', 'linked_count', 'estimated_cost', 'linked_cost', 'open_cost', 'planned_cost',
        'realized_cost', 'verified_cost', 'automated_count', 'checked_count',
    ], ['company', 'provider', 'service', 'team']) }}
),

resource_scopes as (
    {{ kpi_scoped('resource_cells', [
        'resource_count', 'unused_count', 'resource_cost', 'unused_cost', 'legacy_cost', 'reviewed_cost',
        'implemented_cost',
    ], ['company', 'provider', 'service']) }}
)

select
    recommended_scopes.*,
    resource_scopes.resource_count,
    resource_scopes.unused_count,
    resource_scopes.resource_cost,
    resource_scopes.unused_cost,
    resource_scopes.legacy_cost,
    resource_scopes.reviewed_cost,
    resource_scopes.implemented_cost,
    scope_costs.effective_cost,
    recommended_scopes.period_start < clock.open_month as is_month_over
from recommended_scopes
cross join {{ ref('dim_cost_clock') }} as clock
left join resource_scopes
    on
        recommended_scopes.scope_type = resource_scopes.scope_type
        and recommended_scopes.scope_id = resource_scopes.scope_id
        and recommended_scopes.period_start = resource_scopes.period_start
        and recommended_scopes.currency = resource_scopes.currency
left join {{ ref('kpi_inputs') }} as scope_costs
    on
        recommended_scopes.scope_type = scope_costs.scope_type
        and recommended_scopes.scope_id = scope_costs.scope_id
        and recommended_scopes.period_start = scope_costs.period_start
        and recommended_scopes.currency = scope_costs.currency
