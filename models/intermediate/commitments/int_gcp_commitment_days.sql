{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- What the commitments of the legacy model cost on a day (one in California, as Google bills), and how much of that was
-- used. Google bills their fees apart from the usage, and takes the covered usage back by a credit at the on-demand
-- price: a pool of commitments of one kind is used as far as those credits reach. Where fees are attributed (each says
-- which SKU it was spent on), the fee that names none is the unused one.
with lines as (

    select
        *,
        charged_cost - promotion_cost as fee_cost,
        -- an on-demand price paid in units of a cent, unless a unit costs more than that
        case
            when cost < pricing_quantity * {{ money('0.01') }} * coalesce(currency_conversion_rate, 1)
                then {{ money('0.01') }}
            else 1
        end * coalesce(currency_conversion_rate, 1) as committed_unit_price
    from {{ ref('int_gcp_amortized_lines') }}
    where commitment_key is not null and {{ in_rebuild() }}

),

days as (

    select
        source_name,
        billing_month,
        billing_account_id,
        billing_currency,
        commitment_key,
        pacific_date,
        starts_with(commitment_key, 'spend/') as is_spend,
        sum(case when is_commitment_fee then fee_cost else 0 end) as fee_cost,
        sum(case when is_commitment_fee then pricing_quantity else 0 end) as committed_quantity,
        sum(case when is_commitment_fee then {{ money('pricing_quantity * committed_unit_price') }} else 0 end)
            as committed_spend_cost,
        sum(case when is_commitment_fee and originating_sku_id is not null then fee_cost else 0 end)
            as attributed_fee_cost,
        {{ any_true('is_commitment_fee and originating_sku_id is not null') }} as is_attributed,
        -- a credit on a line that costs nothing covers nothing: no charge could carry its share of the fee
        sum(case when not is_commitment_fee and cost > 0 then -commitment_credit_cost else 0 end)
            as covered_cost,
        sum(
            case
                when not is_commitment_fee and cost > 0
                    then {{ money('pricing_quantity * ' ~ ratio('least(-commitment_credit_cost, cost)', 'cost')) }}
                else 0
            end
        ) as covered_quantity,
        min(case when is_commitment_fee then coalesce(subscription_id, resource_global_name) end) as first_id,
        max(case when is_commitment_fee then coalesce(subscription_id, resource_global_name) end) as last_id
    from lines
    group by
        source_name, billing_month, billing_account_id, billing_currency, commitment_key, pacific_date

),

used as (

    select
        *,
        case
            when covered_cost = 0 then 0
            when is_attributed then attributed_fee_cost
            when is_spend and committed_spend_cost > 0
                then least({{ ratio(money('fee_cost * covered_cost'), 'committed_spend_cost') }}, fee_cost)
            when not is_spend and committed_quantity > 0
                then least({{ ratio(money('fee_cost * covered_quantity'), 'committed_quantity') }}, fee_cost)
            else fee_cost
        end as used_fee_cost,
        min(first_id) over (pools) as pool_first_id,
        max(last_id) over (pools) as pool_last_id
    from days
    window pools as (partition by source_name, billing_month, billing_account_id, commitment_key)

)

select
    source_name,
    billing_month,
    billing_account_id,
    billing_currency,
    commitment_key,
    pacific_date,
    is_spend,
    fee_cost,
    used_fee_cost,
    fee_cost - used_fee_cost as unused_fee_cost,
    covered_cost,
    covered_quantity,
    committed_quantity,
    -- lines that draw on a commitment do not say on which: where a pool has several, they share one name
    case
        when pool_first_id = pool_last_id then pool_first_id
        else coalesce(billing_account_id, '') || '/commitments/' || commitment_key
    end as commitment_discount_id
from used
