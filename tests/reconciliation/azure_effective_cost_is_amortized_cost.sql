-- With both of Azure's views of a month, effective cost is what amortized cost says, line for line, and no commitment's
-- price counts beside its use: it differs by nothing but what charges in both views cost more or less in actual cost
-- (see azure_datasets_agree). What pays for a commitment is told from the delivered columns here, not by the model.
with spelled as (

    select
        *,
        lower(replace(coalesce(charge_type, 'Usage'), ' ', '')) as charge_key,
        benefit_id is not null or reservation_id is not null as has_id,
        lower(replace(pricing_model, ' ', '')) in ('reservation', 'savingsplan', 'savingsplans')
            as is_priced_by_commitment
    from {{ ref('stg_azure_cost__lines') }}
    where {{ in_rebuild() }}

),

delivered as (

    select
        *,
        case
            when charge_key = 'usage' then coalesce(is_priced_by_commitment, has_id)
            when charge_key in ('purchase', 'refund') then has_id or coalesce(is_priced_by_commitment, false)
            else false
        end as is_of_commitment
    from spelled

),

expected as (

    select
        source_name,
        billing_month,
        billing_currency,
        sum(case when dataset = 'amortized' then cost else 0 end) as amortized_cost,
        sum(
            case
                when dataset = 'amortized' and is_of_commitment and charge_key = 'usage' then 0
                when dataset = 'amortized' and starts_with(charge_key, 'unused') then 0
                when dataset = 'amortized' then -cost
                when is_of_commitment then 0
                else cost
            end
        ) as difference
    from delivered
    group by source_name, billing_month, billing_currency
    having countif(dataset = 'amortized') > 0 and countif(dataset <> 'amortized') > 0

)

select
    expected.*,
    totals.normalized_effective_cost
from expected
inner join {{ ref('int_line_totals') }} as totals
    on
        expected.source_name = totals.source_name
        and expected.billing_month = totals.billing_month
        and expected.billing_currency = totals.billing_currency
where totals.normalized_effective_cost <> expected.amortized_cost + expected.difference
