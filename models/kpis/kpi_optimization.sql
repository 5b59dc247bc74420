-- Recommendations against the cost that they speak of, where a month is needed a whole one. Savings that are estimated
-- beyond what there is to save leave a negative index; it is shown as it is.
with work as (

    select
        cost.work_month,
        {{ planning_currency('currency') }} as currency,
        sum({{ in_planning_currency('work_cost') }}) as work_cost
    {{ beside_monthly_rates(ref('fct_optimization_work_monthly'), 'work_month', 'currency') }}
    group by cost.work_month, {{ planning_currency('currency') }}
    having countif(cost.work_cost is null) = 0

),

invested as (

    select
        inputs.scope_type,
        inputs.scope_id,
        inputs.period_start,
        inputs.currency,
        inputs.realized_cost,
        spent.work_cost
    from {{ ref('kpi_optimization_inputs') }} as inputs
    inner join work as spent
        on inputs.period_start = spent.work_month and inputs.currency = spent.currency
    where inputs.scope_type = 'company' and inputs.is_month_over

),

-- what was saved at first and is not saved any more
begun as (

    select * from {{ ref('fct_resource_savings_monthly') }}
    where first_saved_daily_cost > 0 and posted_month > {{ add_months('implemented_month', 1) }}

),

decayed as (

    select
        cost.service_provider_name,
        coalesce(cost.service_name, {{ unknown_scope() }}) as service_name,
        cost.team,
        cost.posted_month,
        {{ planning_currency() }} as currency,
        {{ in_planning_currency('first_saved_daily_cost') }} as first_saved_cost,
        {{ in_planning_currency('saved_daily_cost') }} as saved_cost
    {{ beside_monthly_rates('begun') }}

),

decay_scopes as (
    {{ kpi_scoped('decayed', ['first_saved_cost', 'saved_cost'], ['company', 'provider', 'service', 'team']) }}
),

-- how rates are paid is looked at where commitments and spot are recommended
reviews as (

    select
        service_provider_name,
        posted_month as period_start,
        max(reviewed_date) as reviewed_date
    from {{ ref('fct_recommendations_monthly') }}
    where recommendation_type in ('commitment', 'spot')
    group by service_provider_name, posted_month

),

review_scopes as (
    {{ seen_from(
        {'company': "'all'", 'provider': 'service_provider_name'}, 'reviews', ['period_start', 'reviewed_date']
    ) }}
),

review_ages as (

    select
        review_scopes.scope_type,
        review_scopes.scope_id,
        review_scopes.period_start,
        cast(null as string) as currency,
        {{ date_difference('max(review_scopes.reviewed_date)', next_month('review_scopes.period_start')) }} as days
    from review_scopes
    inner join {{ ref('dim_cost_clock') }} as clock on review_scopes.period_start < clock.open_month
    where review_scopes.reviewed_date is not null
    group by review_scopes.scope_type, review_scopes.scope_id, review_scopes.period_start

)

{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['optimization_index', 'open_savings', 'effective_cost - open_cost', 'effective_cost'],
    ['recognition', 'savings_share', 'verified_cost', 'effective_cost'],
], 'is_month_over') }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['recommendation_links', 'savings', 'linked_cost', 'estimated_cost'],
    ['recommendation_links', 'count', 'linked_count', 'recommendation_count'],
    ['realized_savings_share', 'verified', 'realized_cost', 'planned_cost'],
]) }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['unused_resources', 'effective_cost', 'unused_cost', 'resource_cost'],
    ['unused_resources', 'resource_count', 'unused_count', 'resource_count'],
    ['legacy_resources', 'effective_cost', 'legacy_cost', 'resource_cost'],
    ['optimization_coverage', 'reviewed', 'reviewed_cost', 'resource_cost'],
    ['optimization_coverage', 'implemented', 'implemented_cost', 'resource_cost'],
], of_providers()) }}
union all
{{ kpi_rows(ref('kpi_optimization_inputs'), [
    ['automation_checkpoint', 'reviewed', 'checked_count', 'automated_count'],
], "scope_type in ('company', 'provider')") }}
union all
{{ kpi_rows('invested', [['optimization_roi', 'realized', 'realized_cost', 'work_cost']]) }}
union all
{{ kpi_rows('decay_scopes', [
    ['savings_decay', 'resource_cost', 'first_saved_cost - saved_cost', 'first_saved_cost'],
]) }}
union all
{{ kpi_rows('review_ages', [['rate_review', 'days_since', 'days', '1']]) }}
