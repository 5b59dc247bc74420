{{ config(materialized='table') }}

-- Quantities of the meters that tell them, and what they cost in the planning currency, in the cells that scopes are
-- made of.
with usage as (

    select
        {{ all_but(['effective_cost', 'list_cost'], 'cost') }},
        {{ planning_currency() }} as currency,
        {{ in_planning_currency('effective_cost') }} as effective_cost,
        {{ in_planning_currency('list_cost') }} as list_cost
    {{ beside_monthly_rates(ref('fct_usage_monthly')) }}

)

select
    service_provider_name,
    coalesce(service_name, {{ unknown_scope() }}) as service_name,
    business_unit,
    team,
    product,
    cost_center,
    posted_month,
    currency,
    sum(case when usage_measure = 'core_hours' then usage_quantity end) as core_hours,
    sum(case when usage_measure = 'core_hours' then effective_cost end) as core_cost,
    sum(case
        when usage_measure = 'core_hours' and coalesce(pricing_category, '') <> 'Dynamic' then usage_quantity
    end) as core_hours_without_spot,
    sum(case when usage_measure = 'core_hours' and commitment_discount_status = 'Used' then usage_quantity end)
        as covered_core_hours,
    sum(case when usage_measure = 'stored_gb_months' then usage_quantity end) as stored_gb_months,
    sum(case when usage_measure = 'stored_gb_months' then effective_cost end) as stored_cost,
    sum(case when storage_tier is not null then usage_quantity end) as tiered_gb_months,
    sum(case when storage_tier = 'frequent' then usage_quantity end) as frequent_gb_months,
    sum(case when usage_measure = 'input_tokens' then usage_quantity end) as input_tokens,
    sum(case when usage_measure = 'cached_input_tokens' then usage_quantity end) as cached_input_tokens,
    sum(case when usage_measure = 'output_tokens' then usage_quantity end) as output_tokens,
    sum(case when usage_measure = 'reasoning_tokens' then usage_quantity end) as reasoning_tokens,
    sum(case when usage_measure like '%tokens' then usage_quantity end) as tokens,
    sum(case when usage_measure like '%tokens' then effective_cost end) as token_cost,
    sum(case when usage_measure like '%tokens' then list_cost end) as token_list_cost
from usage
group by
    service_provider_name, coalesce(service_name, {{ unknown_scope() }}), business_unit, team, product, cost_center,
    posted_month, currency
