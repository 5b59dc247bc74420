-- What a plan's fee paid for and nobody used. The net figures have no unused column of their own:
-- net unused is the net commitment minus the net cost of the usage that the plan covered in the same interval.
with fees as (

    select
        *,
        coalesce(savings_plan_total_commitment_cost, 0) - coalesce(savings_plan_used_commitment_cost, 0)
            as gross_unused_cost,
        case
            when savings_plan_net_amortized_upfront_cost is not null or savings_plan_net_recurring_cost is not null
                then
                    coalesce(savings_plan_net_amortized_upfront_cost, 0)
                    + coalesce(savings_plan_net_recurring_cost, 0)
        end as net_commitment_cost,
        row_number() over (
            partition by
                source_name, billing_month, billing_account_id, billing_currency, savings_plan_id, charge_period_start
            order by line_item_id
        ) as fee_rank
    from {{ ref('int_aws_lines') }}
    where line_item_type = 'SavingsPlanRecurringFee'

),

net_usage as (

    select
        source_name,
        billing_month,
        billing_account_id,
        billing_currency,
        savings_plan_id,
        charge_period_start,
        -- as the covered lines themselves are costed: gross where a net value lacks
        sum(coalesce(savings_plan_net_effective_cost, savings_plan_effective_cost)) as net_used_cost
    from {{ ref('int_aws_lines') }}
    where line_item_type = 'SavingsPlanCoveredUsage' and discount_mode <> 'gross'
    group by
        source_name, billing_month, billing_account_id, billing_currency, savings_plan_id, charge_period_start

),

unused as (

    select
        fees.*,
        case
            when fees.discount_mode = 'gross' or fees.net_commitment_cost is null then fees.gross_unused_cost
            -- two fees of one plan and interval: the usage is taken off once
            when fees.fee_rank = 1 then fees.net_commitment_cost - coalesce(net_usage.net_used_cost, 0)
            else fees.net_commitment_cost
        end as unused_cost
    from fees
    left join net_usage
        on
            fees.source_name = net_usage.source_name
            and fees.billing_month = net_usage.billing_month
            and {{ same('fees.billing_account_id', 'net_usage.billing_account_id') }}
            and {{ same('fees.billing_currency', 'net_usage.billing_currency') }}
            and {{ same('fees.savings_plan_id', 'net_usage.savings_plan_id') }}
            and fees.charge_period_start = net_usage.charge_period_start

)

select
    {{ all_but(['gross_unused_cost', 'net_commitment_cost', 'fee_rank', 'unused_cost']) }}
    replace ({{ money('null') }} as usage_quantity),
    false as is_commitment_purchase,
    'unused_savings_plan' as row_origin,
    {{ money('0') }} as billed_cost,
    unused_cost as effective_cost,
    gross_unused_cost as gross_effective_cost,
    {{ money('0') }} as list_cost,
    {{ money('0') }} as contracted_cost,
    'not_usage' as contracted_cost_source
from unused
