-- A commitment's used plus unused cost of a month is what the bill says: what covered usage costs, and what its fees
-- paid for and nobody used. Checked where the bill states the plan's commitment: AWS savings plans, gross figures.
-- Whether that is all that was committed depends on whose usage is on the bill (`plans_are_used_here`).
with stated as (

    select
        source_name,
        billing_month,
        billing_currency,
        savings_plan_id,
        sum(
            case
                when line_item_type = 'SavingsPlanCoveredUsage' then savings_plan_effective_cost
                else coalesce(savings_plan_total_commitment_cost, 0) - coalesce(savings_plan_used_commitment_cost, 0)
            end
        ) as committed_cost
    from {{ ref('int_aws_lines') }}
    where line_item_type in ('SavingsPlanRecurringFee', 'SavingsPlanCoveredUsage') and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency, savings_plan_id
    having countif(line_item_type = 'SavingsPlanRecurringFee') > 0

),

amortized as (

    select
        source_name,
        billing_month,
        billing_currency,
        commitment_discount_id,
        sum(gross_effective_cost) as effective_cost
    from {{ ref('int_charges_daily') }}
    where commitment_discount_status in ('Used', 'Unused') and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency, commitment_discount_id

)

select
    stated.*,
    amortized.effective_cost,
    stated.committed_cost - amortized.effective_cost as difference,
    stated.source_name || ': ' || stated.savings_plan_id || ' in ' || substr(cast(stated.billing_month as string), 1, 7)
        as finding
from stated
inner join amortized
    on
        stated.source_name = amortized.source_name
        and stated.billing_month = amortized.billing_month
        and stated.billing_currency = amortized.billing_currency
        and stated.savings_plan_id = amortized.commitment_discount_id
where stated.committed_cost <> amortized.effective_cost
