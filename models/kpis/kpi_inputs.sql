-- The sums that ratios are made of, once per scope, so that every ratio is a ratio of sums.
with measured as (

    select
        service_provider_name,
        team,
        posted_month,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(contracted_cost) as contracted_cost,
        sum(list_cost) as list_cost,
        sum(case when team = {{ unallocated() }} then effective_cost else 0 end) as unallocated_cost,
        sum(case when not is_tagged then effective_cost else 0 end) as untagged_cost,
        sum(case when commitment_discount_status = 'Used' then effective_cost else 0 end) as commitment_used_cost,
        sum(case when commitment_discount_status = 'Unused' then effective_cost else 0 end) as commitment_unused_cost,
        sum(
            case when is_commitment_eligible and commitment_discount_status = 'Used' then effective_cost else 0 end
        ) as covered_compute_cost,
        sum(case when is_commitment_eligible then effective_cost else 0 end) as coverable_compute_cost,
        sum(
            case when is_commitment_eligible and commitment_discount_status = 'Used' then list_cost else 0 end
        ) as covered_compute_list_cost,
        sum(case when is_commitment_eligible then list_cost else 0 end) as coverable_compute_list_cost,
        -- savings look at usage; what unused commitment would have cost elsewhere is nothing, and a charge whose price
        -- is not known saves nothing
        sum(case when charge_category = 'Usage' then effective_cost else 0 end) as usage_effective_cost,
        sum(
            case
                when charge_category = 'Usage' and coalesce(commitment_discount_status, 'Used') = 'Used'
                    then coalesce(list_cost, effective_cost)
                else 0
            end
        ) as usage_list_cost,
        sum(
            case
                when charge_category = 'Usage' and coalesce(commitment_discount_status, 'Used') = 'Used'
                    then coalesce(contracted_cost, effective_cost)
                else 0
            end
        ) as usage_contracted_cost
    from {{ ref('fct_cost_daily') }}
    group by service_provider_name, team, posted_month, billing_currency

),

scoped as (

    select
        'company' as scope_type,
        'all' as scope_id,
        measured.*
    from measured
    union all
    select
        'provider' as scope_type,
        service_provider_name as scope_id,
        measured.*
    from measured
    union all
    select
        'team' as scope_type,
        team as scope_id,
        measured.*
    from measured

)

select
    scope_type,
    scope_id,
    posted_month as period_start,
    billing_currency as currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost,
    sum(unallocated_cost) as unallocated_cost,
    sum(untagged_cost) as untagged_cost,
    sum(commitment_used_cost) as commitment_used_cost,
    sum(commitment_unused_cost) as commitment_unused_cost,
    sum(covered_compute_cost) as covered_compute_cost,
    sum(coverable_compute_cost) as coverable_compute_cost,
    sum(covered_compute_list_cost) as covered_compute_list_cost,
    sum(coverable_compute_list_cost) as coverable_compute_list_cost,
    sum(usage_effective_cost) as usage_effective_cost,
    sum(usage_list_cost) as usage_list_cost,
    sum(usage_contracted_cost) as usage_contracted_cost
from scoped
group by scope_type, scope_id, posted_month, billing_currency
