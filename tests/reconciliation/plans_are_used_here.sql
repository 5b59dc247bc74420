{{ config(severity='warn') }}

-- What the fees of a savings plan say was used stands in the bill as covered usage. A plan that accounts share may be
-- used by some whose usage is on another bill: what it cost there is then no effective cost here.
with plans as (

    select
        source_name,
        billing_month,
        billing_currency,
        savings_plan_id,
        sum(case when line_item_type = 'SavingsPlanRecurringFee' then savings_plan_used_commitment_cost end)
            as used_cost,
        coalesce(sum(case when line_item_type = 'SavingsPlanCoveredUsage' then savings_plan_effective_cost end), 0)
            as covered_cost,
        count(*) as line_count
    from {{ ref('int_aws_lines') }}
    where line_item_type in ('SavingsPlanRecurringFee', 'SavingsPlanCoveredUsage') and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency, savings_plan_id

)

select
    *,
    used_cost - covered_cost as difference,
    source_name || ': ' || savings_plan_id || ' in ' || substr(cast(billing_month as string), 1, 7) as finding
from plans
-- each line is rounded once, so half a unit of the ninth decimal per line is all that may differ
where abs(used_cost - covered_cost) > line_count * {{ money('0.000000001') }}
