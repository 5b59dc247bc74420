-- Both views of the bill, and what becomes of each line. Actual cost is the bill; amortized cost says what commitments
-- cost where they were used. With both, a charge that stands in both is kept once: actual lines, but for usage that a
-- commitment covers, and those of amortized cost that are covered usage or unused commitment.
with spelled as (

    select
        *,
        lower(replace(coalesce(charge_type, 'Usage'), ' ', '')) as charge_key,
        lower(replace(pricing_model, ' ', '')) as pricing_key
    from {{ ref('stg_azure_cost__lines') }}

),

keyed as (

    select
        *,
        lower(rtrim(coalesce(
            benefit_id,
            '/providers/microsoft.capacity/reservationorders/'
            || case
                when coalesce(product_order_id, reservation_id) = reservation_id then reservation_id
                else product_order_id || '/reservations/' || reservation_id
            end,
            -- without either id the order is all that names a commitment; other orders are of the Marketplace
            case
                when pricing_key in ('savingsplan', 'savingsplans') or charge_key = 'unusedsavingsplan'
                    then '/providers/microsoft.billingbenefits/savingsplanorders/' || product_order_id
                when pricing_key = 'reservation' or charge_key = 'unusedreservation'
                    then '/providers/microsoft.capacity/reservationorders/' || product_order_id
            end
        ), '/')) as benefit_key
    from spelled

),

classified as (

    select
        {{ all_but(['benefit_key']) }},
        -- a purchase names the order alone: `.../reservationorders/<order>/reservations/`
        case
            when ends_with(benefit_key, '/reservations') then substr(benefit_key, 1, length(benefit_key) - 13)
            else benefit_key
        end as commitment_discount_id,
        starts_with(charge_key, 'unused') as is_unused_commitment,
        charge_key in ('purchase', 'refund')
        and (benefit_key is not null or coalesce(pricing_key in ('reservation', 'savingsplan', 'savingsplans'), false))
            as is_commitment_purchase,
        charge_key = 'usage'
        and coalesce(pricing_key in ('reservation', 'savingsplan', 'savingsplans'), benefit_key is not null)
            as is_covered_usage,
        dataset = 'amortized' as is_amortized
    from keyed

)

select
    classified.*,
    datasets.has_actual,
    datasets.has_amortized,
    classified.cost as charged_cost,
    case
        when not classified.is_amortized then {{ money('0') }}
        when datasets.has_actual or classified.is_covered_usage or classified.is_unused_commitment then classified.cost
        else {{ money('0') }}
    end as unbilled_cost,
    case
        when classified.is_amortized
            then datasets.has_actual and not (classified.is_covered_usage or classified.is_unused_commitment)
        else datasets.has_amortized and classified.is_covered_usage and classified.cost = 0
    end as is_merged
from classified
inner join {{ ref('int_azure_datasets') }} as datasets
    on classified.source_name = datasets.source_name and classified.billing_month = datasets.billing_month
