-- What each delivered line is billed and what it truly costs. A line that is all covered is a row of its own among the
-- derived ones; of a line that is partly covered, here is the rest.
with lines as (

    select
        line_items.*,
        pools.commitment_discount_id as pool_id,
        coalesce(line_items.default_price_cost, line_items.cost) + line_items.negotiated_credit_cost as priced_cost
    from {{ ref('int_gcp_lines') }} as line_items
    left join {{ ref('int_gcp_commitment_days') }} as pools
        on
            line_items.is_commitment_fee
            and line_items.source_name = pools.source_name
            and line_items.billing_month = pools.billing_month
            and {{ same('line_items.billing_account_id', 'pools.billing_account_id') }}
            and line_items.billing_currency = pools.billing_currency
            and line_items.commitment_key = pools.commitment_key
            and line_items.pacific_date = pools.pacific_date
    where not line_items.is_all_covered

)

select
    {{ all_but(['pacific_date', 'pool_id', 'priced_cost']) }}
    replace (
        case
            when covered_share > 0 then usage_quantity - {{ money('usage_quantity * covered_share') }} else
                usage_quantity
        end as usage_quantity,
        case
            when covered_share > 0 then pricing_quantity - {{ money('pricing_quantity * covered_share') }}
            else pricing_quantity
        end as pricing_quantity
    ),
    'delivered' as row_origin,
    case
        when is_multiprice_fee or is_multiprice_usage then {{ gcp_spend_pool_id() }}
        when is_commitment_fee then pool_id
    end as commitment_discount_id,
    case when is_multiprice_usage then 'Used' end as commitment_discount_status,
    charged_cost - promotion_cost as billed_cost,
    case when is_commitment_fee then 0 else charged_cost - promotion_cost end as effective_cost,
    case
        when is_commitment_fee then 0
        when coalesce(cost_type, 'regular') <> 'regular' then charged_cost - promotion_cost
        when covered_share > 0
            then
                coalesce(delivered_list_cost, default_price_cost, cost)
                - {{ money('coalesce(delivered_list_cost, default_price_cost, cost) * covered_share') }}
        else coalesce(delivered_list_cost, priced_cost)
    end as list_cost,
    case
        when is_commitment_fee then 0
        when coalesce(cost_type, 'regular') <> 'regular' then charged_cost - promotion_cost
        when covered_share > 0
            then priced_cost - {{ money('coalesce(default_price_cost, cost) * covered_share') }}
        else priced_cost
    end as contracted_cost,
    case
        when is_multiprice_usage and default_price_cost is null then 'billed_fallback'
        when coalesce(cost_type, 'regular') <> 'regular' then 'billed_fallback'
        else 'bill'
    end as contracted_cost_source,
    case when is_commitment_fee then 'computed' else 'bill' end as effective_cost_source
from lines
