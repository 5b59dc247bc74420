{{ config(severity='warn') }}

-- Where actual and amortized cost come together, the charges that stand in both have to cost the same by day. They
-- differ when the two exports were written at different times: effective cost is then as old as the older one.
-- What Azure moved between subscriptions by a rule of cost allocation is left out; the two know it differently.
with common as (

    select
        source_name,
        billing_month,
        billing_currency,
        usage_date,
        case when not is_amortized and not is_commitment_purchase and not is_covered_usage then cost else 0 end
            as cost_in_actual,
        case when is_amortized and is_merged then cost else 0 end as cost_in_amortized
    from {{ ref('int_azure_lines') }}
    where has_actual and has_amortized and cost_allocation_rule_name is null and {{ in_rebuild() }}

)

select
    source_name,
    billing_month,
    billing_currency,
    usage_date,
    sum(cost_in_actual) as actual_cost,
    sum(cost_in_amortized) as amortized_cost,
    sum(cost_in_actual) - sum(cost_in_amortized) as difference
from common
group by source_name, billing_month, billing_currency, usage_date
having sum(cost_in_actual) <> sum(cost_in_amortized)
