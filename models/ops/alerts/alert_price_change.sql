-- By how much the average price that was paid for a SKU changed, in the newest month against the one before; a fall is
-- a kind of its own, which harms nobody.
with prices as (

    select
        *,
        usage_cost - {{ in_proportion('former_usage_cost', 'pricing_quantity', 'former_pricing_quantity') }}
            as price_change_cost,
        max(period_month) over () as newest_month
    from {{ ref('fct_bridge_cells') }}
    where
        comparison = 'month_over_month'
        and scope_type = 'company'
        and cost_kind = 'priced'
        and former_pricing_quantity > 0
        and pricing_quantity > 0
        and former_usage_cost > 0

)

select
    case when price_change_cost > 0 then 'price_change' else 'price_fall' end as alert_kind,
    'service' as scope_type,
    service_name as scope_id,
    price_key as subject,
    billing_currency as currency,
    abs({{ ratio('price_change_cost', 'usage_cost - price_change_cost') }}) as alert_value,
    {{ money('round(price_change_cost, 9)') }} as impact_cost,
    'Price of ' || sku_meter || case when price_change_cost > 0 then ' rose' else ' fell' end as title,
    service_name || ', ' || sku_meter || ' (' || price_key || '): at the prices of the month before, what was used in '
    || substr(cast(period_month as string), 1, 7) || ' would have cost '
    || {{ amount_words('usage_cost - price_change_cost') }} || ' instead of '
    || {{ amount_words('usage_cost', 'billing_currency') }} || '.' as finding,
    'select * from cost_bridge_monthly where scope_type = ' || {{ quoted("'service'") }} || ' and scope_id = '
    || {{ quoted('service_name') }} || ' order by period_month desc' as link_query
from prices
where period_month = newest_month
