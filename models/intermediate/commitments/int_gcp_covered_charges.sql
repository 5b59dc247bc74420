-- The covered part of usage under the legacy model, as a row of its own, as Google's newer model writes it: it bills
-- nothing, since its credit takes back its whole price, and costs its share of the day's used fee, by the credit.
with shared as (

    select
        line_items.*,
        coalesce(
            pools.commitment_discount_id,
            coalesce(line_items.billing_account_id, '') || '/commitments/' || line_items.commitment_key
        ) as pool_id,
        coalesce(pools.used_fee_cost, 0) as used_fee_cost,
        coalesce(
            {{ ratio(money('pools.used_fee_cost * -line_items.commitment_credit_cost'), 'pools.covered_cost') }}, 0
        ) as share_cost
    from {{ ref('int_gcp_amortized_lines') }} as line_items
    left join {{ ref('int_gcp_commitment_days') }} as pools
        on
            line_items.source_name = pools.source_name
            and line_items.billing_month = pools.billing_month
            and {{ same('line_items.billing_account_id', 'pools.billing_account_id') }}
            and line_items.billing_currency = pools.billing_currency
            and line_items.commitment_key = pools.commitment_key
            and line_items.pacific_date = pools.pacific_date
    where line_items.covered_share > 0

),

-- one window for both, so that the lines are sorted once
ranked as (

    select
        *,
        row_number() over (largest_first) as share_rank,
        sum(share_cost) over (
            largest_first rows between unbounded preceding and unbounded following
        ) as shares_cost
    from shared
    window largest_first as (
        partition by
            source_name, billing_month, billing_account_id, billing_currency, commitment_key, pacific_date
        order by
            commitment_credit_cost, charge_period_start, sku_id, sub_account_id, resource_global_name,
            resource_name, cost, exported_at
    )

)

select
    {{ all_but(['pacific_date', 'pool_id', 'used_fee_cost', 'share_cost', 'share_rank', 'shares_cost']) }}
    replace (
        {{ money('usage_quantity * covered_share') }} as usage_quantity,
        {{ money('pricing_quantity * covered_share') }} as pricing_quantity
    ),
    'covered_usage' as row_origin,
    pool_id as commitment_discount_id,
    'Used' as commitment_discount_status,
    {{ money('0') }} as billed_cost,
    -- the largest share carries what rounding leaves
    case when share_rank = 1 then share_cost + used_fee_cost - shares_cost else share_cost end as effective_cost,
    {{ money('coalesce(delivered_list_cost, default_price_cost, cost) * covered_share') }} as list_cost,
    {{ money('coalesce(default_price_cost, cost) * covered_share') }} as contracted_cost,
    'bill' as contracted_cost_source,
    'computed' as effective_cost_source
from ranked
