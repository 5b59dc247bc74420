-- A commitment's used plus unused cost of a month is what its fees and upfront shares say it cost in that month.
-- Checked where the bill states the plan's commitment: AWS savings plans, gross figures.
with stated as (

    select
        source_name,
        billing_month,
        billing_currency,
        savings_plan_id,
        sum(savings_plan_total_commitment_cost) as committed_cost
    from {{ ref('int_aws_lines') }}
    where line_item_type = 'SavingsPlanRecurringFee' and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency, savings_plan_id

),

amortized as (

    select
        source_name,
        billing_month,
        billing_currency,
        commitment_discount_id,
        sum(gross_effective_cost) as effective_cost,
        sum(line_count) as line_count
    from {{ ref('int_charges_daily') }}
    where commitment_discount_status in ('Used', 'Unused') and {{ in_rebuild() }}
    group by source_name, billing_month, billing_currency, commitment_discount_id

)

select
    stated.*,
    amortized.effective_cost
from stated
inner join amortized
    on
        stated.source_name = amortized.source_name
        and stated.billing_month = amortized.billing_month
        and stated.billing_currency = amortized.billing_currency
        and stated.savings_plan_id = amortized.commitment_discount_id
-- each line is rounded once, so half a unit of the ninth decimal per line is all that may differ
where abs(stated.committed_cost - amortized.effective_cost) > amortized.line_count * {{ money('0.000000001') }}
