-- The covered part of usage under the legacy model, as a row of its own, as Google's newer model writes it: it bills
-- nothing, since its credit takes back its whole price, and costs its share of the day's used fee, by the credit.
with lines as (

    select
        *,
        {{ pacific_date('charge_period_start') }} as pacific_date
    from {{ ref('int_gcp_lines') }}
    where covered_share > 0

),

shared as (

    select
        lines.*,
        coalesce(
            pools.commitment_discount_id,
            coalesce(lines.billing_account_id, '') || '/commitments/' || lines.commitment_key
        ) as pool_id,
        coalesce(pools.used_fee_cost, 0) as used_fee_cost,
        coalesce({{ ratio(money('pools.used_fee_cost * -lines.commitment_credit_cost'), 'pools.covered_cost') }}, 0)
            as share_cost,
        row_number() over (
            partition by
                lines.source_name, lines.billing_month, lines.billing_account_id, lines.billing_currency,
                lines.commitment_key, lines.pacific_date
            order by
                lines.commitment_credit_cost, lines.charge_period_start, lines.sku_id, lines.sub_account_id,
                lines.resource_global_name, lines.resource_name, lines.cost, lines.exported_at
        ) as share_rank
    from lines
    left join {{ ref('int_gcp_commitment_days') }} as pools
        on
            lines.source_name = pools.source_name
            and lines.billing_month = pools.billing_month
            and {{ same('lines.billing_account_id', 'pools.billing_account_id') }}
            and lines.billing_currency = pools.billing_currency
            and lines.commitment_key = pools.commitment_key
            and lines.pacific_date = pools.pacific_date

)

select
    {{ all_but(['pacific_date', 'pool_id', 'used_fee_cost', 'share_cost', 'share_rank']) }}
    replace (
        {{ money('usage_quantity * covered_share') }} as usage_quantity,
        {{ money('pricing_quantity * covered_share') }} as pricing_quantity
    ),
    'covered_usage' as row_origin,
    pool_id as commitment_discount_id,
    'Used' as commitment_discount_status,
    {{ money('0') }} as billed_cost,
    -- the largest share carries what rounding leaves
    case
        when share_rank = 1
            then share_cost + used_fee_cost - sum(share_cost) over (
                partition by
                    source_name, billing_month, billing_account_id, billing_currency, commitment_key, pacific_date
            )
        else share_cost
    end as effective_cost,
    {{ money('coalesce(delivered_list_cost, default_price_cost, cost) * covered_share') }} as list_cost,
    {{ money('coalesce(default_price_cost, cost) * covered_share') }} as contracted_cost,
    'bill' as contracted_cost_source,
    'computed' as effective_cost_source
from shared
