-- What fees paid for and nobody used. Legacy model: one row per pool of commitments and day, on the fee that is not
-- attributed to any SKU, else on the largest. New model: what a fee's own offset leaves of it.
with fees as (

    select
        lines.*,
        pools.commitment_discount_id,
        pools.unused_fee_cost,
        row_number() over (
            partition by
                lines.source_name, lines.billing_month, lines.billing_account_id, lines.billing_currency,
                lines.commitment_key, pools.charge_date
            order by
                case when lines.originating_sku_id is null then 0 else 1 end, -lines.cost, lines.charge_period_start,
                lines.sku_id, lines.sub_account_id
        ) as fee_rank
    from {{ ref('int_gcp_lines') }} as lines
    inner join {{ ref('int_gcp_commitment_days') }} as pools
        on
            lines.source_name = pools.source_name
            and lines.billing_month = pools.billing_month
            and {{ same('lines.billing_account_id', 'pools.billing_account_id') }}
            and lines.billing_currency = pools.billing_currency
            and lines.commitment_key = pools.commitment_key
            and cast(lines.charge_period_start as date) = pools.charge_date
    where lines.is_commitment_fee

),

unused as (

    select
        {{ all_but(['fee_rank']) }},
        cast(cast(charge_period_start as date) as timestamp) as unused_start,
        cast({{ add_days('cast(charge_period_start as date)', 1) }} as timestamp) as unused_end
    from fees
    where fee_rank = 1 and unused_fee_cost <> 0
    union all
    select
        *,
        {{ gcp_spend_pool_id() }} as commitment_discount_id,
        charged_cost - promotion_cost as unused_fee_cost,
        charge_period_start as unused_start,
        charge_period_end as unused_end
    from {{ ref('int_gcp_lines') }}
    where is_multiprice_fee and charged_cost <> promotion_cost

)

select
    {{ all_but(['commitment_discount_id', 'unused_fee_cost', 'unused_start', 'unused_end']) }}
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
