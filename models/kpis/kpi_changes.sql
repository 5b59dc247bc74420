-- What prices alone did to the cost of a month that is over: the quantity of now at each SKU's price of now, less the
-- same quantity at its price of the month before.
with changes as (

    select
        scope_type,
        scope_id,
        period_month as period_start,
        currency,
        price_change_cost
    from {{ ref('fct_cost_bridges') }}
    where
        comparison = 'month_over_month'
        and not is_partial
        and scope_type in ('company', 'provider', 'service')

)

{{ kpi_rows('changes', [['price_change_exposure', 'effective_cost', 'price_change_cost', '1']]) }}
