{{ config(materialized='table') }}

-- The one scan of the daily table: every sum that a KPI over costs is made of, in the planning currency and in the
-- smallest cells that its scopes are made of. Prices that are not known leave both sides of a saving: a list cost, and
-- the effective cost beside it.
{% set measures = [
    'billed_cost', 'effective_cost', 'contracted_cost', 'list_cost', 'contracted_known_effective_cost',
    'list_known_effective_cost'
] %}
with charges as (

    select
        cost.service_provider_name,
        cost.service_name,
        cost.business_unit,
        cost.team,
        cost.product,
        cost.cost_center,
        cost.posted_month,
        cost.allocation_method,
        cost.pricing_category,
        cost.is_tagged,
        cost.is_tag_compliant,
        cost.is_commitment_eligible,
        cost.commitment_discount_status,
        cost.charge_category = 'Usage' as is_usage,
        cost.charge_category = 'Usage' and coalesce(cost.commitment_discount_status, 'Used') = 'Used' as is_use,
        cost.commitment_discount_status = 'Used' as is_covered,
        cost.service_category = 'Compute' and cost.charge_category = 'Usage' as is_compute,
        {{ planning_currency() }} as currency,
        {{ for_each(measures, in_planning_currency('{}') ~ ' as {}') }}
    from {{ ref('fct_cost_daily') }} as cost
    left join {{ ref('fct_reporting_rates') }} as rates
        on {{ same_rate('cost', 'rates') }}
    where {{ has_planning_currency() }}

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
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost,
    sum(contracted_known_effective_cost) as contracted_known_effective_cost,
    sum(list_known_effective_cost) as list_known_effective_cost,
    sum(case when team = {{ unallocated() }} then effective_cost else 0 end) as unallocated_cost,
    sum(case when team = {{ unallocated() }} then billed_cost else 0 end) as unallocated_billed_cost,
    sum(case when team = {{ unallocated() }} and is_use then effective_cost else 0 end) as unallocated_usage_cost,
    sum(case when allocation_method in ('rule', 'tag') then effective_cost else 0 end) as direct_cost,
    sum(case when not is_tagged then effective_cost else 0 end) as untagged_cost,
    sum(case when not is_tagged and is_use then effective_cost else 0 end) as untagged_usage_cost,
    sum(case when is_tag_compliant then effective_cost when not is_tag_compliant then 0 end) as compliant_cost,
    sum(case when is_tag_compliant and is_use then effective_cost when not is_tag_compliant then 0 end)
        as compliant_usage_cost,
    sum(case when is_use then effective_cost else 0 end) as usage_cost,
    sum(case when is_covered then effective_cost else 0 end) as commitment_used_cost,
    sum(case when commitment_discount_status = 'Unused' then effective_cost else 0 end) as commitment_unused_cost,
    sum(case when is_commitment_eligible and is_covered then effective_cost else 0 end) as covered_compute_cost,
    sum(case when is_commitment_eligible then effective_cost else 0 end) as coverable_compute_cost,
    sum(case when is_commitment_eligible and is_covered then list_cost end) as covered_compute_list_cost,
    sum(case when is_commitment_eligible then list_cost end) as coverable_compute_list_cost,
    sum(case when is_commitment_eligible and is_covered then contracted_cost end) as covered_compute_contracted_cost,
    sum(case when is_commitment_eligible then contracted_cost end) as coverable_compute_contracted_cost,
    sum(case when is_compute and is_covered then effective_cost else 0 end) as covered_any_compute_cost,
    sum(case when is_compute and is_use and coalesce(pricing_category, '') <> 'Dynamic' then effective_cost else 0 end)
        as compute_without_spot_cost,
    sum(case when is_compute and pricing_category = 'Dynamic' then effective_cost else 0 end) as spot_cost,
    sum(case when is_use then list_cost end) as usage_list_cost,
    sum(case when is_use then list_known_effective_cost else 0 end) as usage_list_known_cost,
    sum(case when is_use then contracted_cost end) as usage_contracted_cost,
    sum(case when is_use then contracted_known_effective_cost else 0 end) as usage_contracted_known_cost,
    sum(case when is_use and contracted_cost is not null then list_cost end) as negotiable_list_cost,
    sum(case when is_use and list_cost is not null then contracted_cost end) as negotiated_contracted_cost,
    sum(case when is_usage and is_covered then contracted_cost end) as covered_contracted_cost
from charges
group by
    service_provider_name, coalesce(service_name, {{ unknown_scope() }}), business_unit, team, product, cost_center,
    posted_month, currency
