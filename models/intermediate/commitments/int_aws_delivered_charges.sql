-- What each delivered line is billed and what it truly costs. Negations cancel covered usage, so both bill nothing.
with lines as (

    select
        *,
        line_item_type = 'SavingsPlanCoveredUsage' as is_savings_plan_usage,
        line_item_type = 'DiscountedUsage' as is_reservation_usage,
        line_item_type in ('SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee', 'RIFee')
        or (line_item_type = 'Fee' and reservation_id is not null)
        or (
            line_item_type = 'Refund'
            and (
                reservation_id is not null
                or (
                    product_code like '%SavingsPlans'
                    and coalesce(starts_with(charge_description, 'Refund for one-time fee for Savings Plan ID'), false)
                )
            )
        ) as is_commitment_purchase,
        line_item_type like '%Discount' as is_discount,
        discount_mode <> 'gross' as is_effective_net
    from {{ ref('int_aws_lines') }}
    where line_item_type is distinct from 'SavingsPlanNegation'

),

amortized as (

    select
        *,
        case
            -- gross is before negotiated discounts, so a discount's own line is no part of it
            when is_commitment_purchase or is_discount then 0
            when is_savings_plan_usage then savings_plan_effective_cost
            when is_reservation_usage then reservation_effective_cost
            else unblended_cost
        end as gross_effective_cost,
        case
            when is_commitment_purchase or is_discount then 0
            when is_savings_plan_usage then coalesce(savings_plan_net_effective_cost, savings_plan_effective_cost)
            when is_reservation_usage then coalesce(reservation_net_effective_cost, reservation_effective_cost)
            else coalesce(net_unblended_cost, unblended_cost)
        end as net_effective_cost,
        case
            when is_commitment_purchase or is_discount then 0
            when line_item_type in ('Tax', 'Credit', 'Refund') then charged_cost
            -- covered usage charges nothing of its own: without a list price it counts as what it cost, not as 0
            when is_reservation_usage then coalesce(public_on_demand_cost, reservation_effective_cost)
            else public_on_demand_cost
        end as stated_list_cost,
        case
            when is_commitment_purchase then 0
            when is_reservation_usage then null
            when is_effective_net and is_discount then 0
            when is_effective_net then coalesce(net_unblended_cost, unblended_cost)
            else unblended_cost
        end as stated_contracted_cost
    from lines

)

select
    {{ all_but([
        'is_savings_plan_usage', 'is_reservation_usage', 'is_discount', 'is_effective_net',
        'gross_effective_cost', 'net_effective_cost', 'stated_list_cost', 'stated_contracted_cost'
    ]) }},
    'delivered' as row_origin,
    case when is_savings_plan_usage then 0 else charged_cost end as billed_cost,
    case
        when is_effective_net then net_effective_cost
        when is_discount then unblended_cost
        else gross_effective_cost
    end as effective_cost,
    gross_effective_cost,
    coalesce(stated_list_cost, charged_cost) as list_cost,
    coalesce(stated_contracted_cost, stated_list_cost, charged_cost) as contracted_cost,
    case
        when stated_contracted_cost is not null then 'bill'
        when stated_list_cost is not null then 'list_fallback'
        else 'billed_fallback'
    end as contracted_cost_source
from amortized
