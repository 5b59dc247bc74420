-- What fees paid for and nobody used. Legacy model: one row per pool of commitments and day, on the fee that is not
-- attributed to any SKU, else on the largest. New model: what a fee's own offset leaves of it.
with fees as (

    select
        line_items.*,
        pools.commitment_discount_id,
        pools.unused_fee_cost,
        {{ pacific_midnight('pools.pacific_date') }} as unused_start,
        {{ pacific_midnight(add_days('pools.pacific_date', 1)) }} as unused_end,
        row_number() over (
            partition by
                line_items.source_name, line_items.billing_month, line_items.billing_account_id,
                line_items.billing_currency, line_items.commitment_key, pools.pacific_date
            order by
                case when line_items.originating_sku_id is null then 0 else 1 end, -line_items.cost,
                line_items.charge_period_start, line_items.sku_id, line_items.sub_account_id
        ) as fee_rank
    from {{ ref('int_gcp_amortized_lines') }} as line_items
    inner join {{ ref('int_gcp_commitment_days') }} as pools
        on
            line_items.source_name = pools.source_name
            and line_items.billing_month = pools.billing_month
            and {{ same('line_items.billing_account_id', 'pools.billing_account_id') }}
            and line_items.billing_currency = pools.billing_currency
            and line_items.commitment_key = pools.commitment_key
            and line_items.pacific_date = pools.pacific_date
    where line_items.is_commitment_fee

),

unused as (

    select {{ all_but(['fee_rank']) }}
    from fees
    where fee_rank = 1 and unused_fee_cost <> 0
    union all
    select
        *,
        {{ gcp_spend_pool_id() }} as commitment_discount_id,
        charged_cost - promotion_cost as unused_fee_cost,
        charge_period_start as unused_start,
        charge_period_end as unused_end
    from {{ ref('int_gcp_amortized_lines') }}
    where is_multiprice_fee and charged_cost <> promotion_cost

)

select
    {{ all_but(['pacific_date', 'commitment_discount_id', 'unused_fee_cost', 'unused_start', 'unused_end']) }}
    replace (
        unused_start as charge_period_start,
        unused_end as charge_period_end,
        {{ money('null') }} as usage_quantity,
        {{ money('null') }} as pricing_quantity
    ),
    'unused_commitment' as row_origin,
    commitment_discount_id,
    'Unused' as commitment_discount_status,
    {{ money('0') }} as billed_cost,
    unused_fee_cost as effective_cost,
    {{ money('0') }} as list_cost,
    {{ money('0') }} as contracted_cost,
    'not_usage' as contracted_cost_source,
    'computed' as effective_cost_source
from unused
