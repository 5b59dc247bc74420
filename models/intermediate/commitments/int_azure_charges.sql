{%- set finest = '0.000001' %}
-- What each kept line is billed, what it truly costs, and what it would have cost without commitments and discounts.
-- Azure's prices of 0 are unknown, unless a price sheet tells them; one below a millionth is too coarse at nine
-- decimals to be multiplied.
with known as (

    select
        {{ all_but(['unit_price', 'payg_unit_price'], 'delivered') }},
        coalesce(nullif(delivered.unit_price, 0), prices.sheet_contracted_unit_price, delivered.unit_price)
            as unit_price,
        coalesce(delivered.unit_price, 0) = 0 and prices.sheet_contracted_unit_price is not null
            as has_sheet_contracted_price,
        coalesce(delivered.payg_unit_price, 0) = 0
        and coalesce(delivered.payg_cost, 0) = 0
        and prices.sheet_list_unit_price is not null as has_sheet_list_price,
        case
            when coalesce(delivered.payg_cost, 0) <> 0 then delivered.payg_unit_price
            else coalesce(nullif(delivered.payg_unit_price, 0), prices.sheet_list_unit_price, delivered.payg_unit_price)
        end as payg_unit_price
    from {{ ref('int_azure_lines') }} as delivered
    left join {{ ref('int_azure_sheet_prices') }} as prices on {{ has_sheet_price('delivered', 'prices') }}
    where not delivered.is_merged

),

priced as (

    select
        *,
        case
            when charge_key = 'usage' or is_unused_commitment then 'Usage'
            when charge_key in ('purchase', 'refund') then 'Purchase'
            when charge_key = 'tax' then 'Tax'
            when charge_key = 'credit' then 'Credit'
            else 'Adjustment'
        end as charge_category,
        coalesce(strpos(commitment_discount_id, '/microsoft.billingbenefits/') > 0, false) as is_savings_plan,
        case
            when strpos(lower(resource_id), '/providers/') > 0
                then substr(lower(resource_id), strpos(lower(resource_id), '/providers/') + 11)
        end as type_path,
        coalesce(lower(publisher_type) = 'marketplace', false) as is_marketplace,
        -- covered usage of actual cost that costs something is billed, but its amortized twin carries all the rest
        is_covered_usage and not is_amortized and has_amortized as is_carried_by_twin,
        case when pricing_currency is null or pricing_currency = billing_currency then 1 else pricing_exchange_rate end
            as price_factor
    from known

),

costs as (

    select
        *,
        {{ money('nullif(unit_price, 0) * price_factor') }} as contracted_unit_price,
        {{ money('nullif(payg_unit_price, 0) * price_factor') }} as list_unit_price,
        case
            when is_savings_plan then 'Savings Plan'
            when commitment_discount_id is not null then 'Reservation'
        end as commitment_discount_type,
        cost - unbilled_cost as billed_cost,
        case
            when is_carried_by_twin or (is_commitment_purchase and has_amortized) then {{ money('0') }}
            else cost
        end as effective_cost,
        case
            when nullif(payg_cost, 0) is not null then payg_cost
            -- nothing off: the cost itself has more digits than price times quantity
            when payg_unit_price = unit_price and effective_unit_price = unit_price and not is_covered_usage then cost
            when payg_unit_price >= {{ finest }}
                then {{ money(money('payg_unit_price * quantity') ~ ' * price_factor') }}
        end as stated_list_cost,
        case
            when unit_price >= {{ finest }} then {{ money(money('unit_price * quantity') ~ ' * price_factor') }}
        end as stated_contracted_cost,
        is_unused_commitment or is_commitment_purchase or is_carried_by_twin as is_no_usage
    from priced

),

costed as (

    select
        *,
        has_sheet_contracted_price and is_covered_usage and not is_no_usage and stated_contracted_cost is not null
            as is_contracted_by_sheet
    from costs

)

select
    {{ all_but([
        'stated_list_cost', 'stated_contracted_cost', 'is_no_usage', 'is_carried_by_twin', 'has_sheet_list_price',
        'has_sheet_contracted_price', 'is_contracted_by_sheet'
    ]) }},
    case
        when is_no_usage then {{ money('0') }}
        when is_covered_usage then coalesce(stated_list_cost, stated_contracted_cost, cost)
        when charge_key in ('usage', 'purchase') then coalesce(stated_list_cost, cost)
        else cost
    end as list_cost,
    case
        when is_no_usage then {{ money('0') }}
        when is_covered_usage then coalesce(stated_contracted_cost, stated_list_cost, cost)
        else cost
    end as contracted_cost,
    -- FOCUS knows no status of a commitment that nothing names; PricingCategory still says that there is one
    case
        when commitment_discount_id is null then null
        when is_unused_commitment then 'Unused'
        when is_covered_usage then 'Used'
    end as commitment_discount_status,
    -- which FOCUS columns come from a price sheet
    case when has_sheet_list_price and list_unit_price > 0 then 'ListCost ListUnitPrice ' else '' end
    || case when has_sheet_contracted_price and contracted_unit_price > 0 then 'ContractedUnitPrice ' else '' end
    || case when is_contracted_by_sheet then 'ContractedCost ' else '' end as sheet_columns,
    case
        when is_no_usage then 'not_usage'
        when is_contracted_by_sheet then 'price_sheet'
        when not is_covered_usage or stated_contracted_cost is not null then 'bill'
        when stated_list_cost is not null then 'list_fallback'
        else 'billed_fallback'
    end as contracted_cost_source,
    case
        when is_amortized and (is_covered_usage or is_unused_commitment) then 'amortized'
        when is_commitment_purchase or is_covered_usage
            then case when has_amortized then 'amortized' else 'billed_fallback' end
        else 'bill'
    end as effective_cost_source
from costed
