-- What a bridge of whole months stands on is what the books show of both.
with books as (

    select
        scope_type,
        scope_id,
        posted_month,
        currency,
        sum(effective_cost) as effective_cost
    from {{ ref('fct_scope_costs_daily') }}
    where scope_type in ('company', 'business_unit', 'team', 'provider', 'service')
    group by scope_type, scope_id, posted_month, currency

),

expected as (

    select
        pairs.comparison,
        pairs.posted_month as period_month,
        books.scope_type,
        books.scope_id,
        books.currency,
        sum(case when books.posted_month = pairs.former_month then books.effective_cost else 0 end) as former_cost,
        sum(case when books.posted_month = pairs.posted_month then books.effective_cost else 0 end) as cost
    from {{ ref('int_bridge_pairs') }} as pairs
    inner join books on books.posted_month in (pairs.posted_month, pairs.former_month)
    where not pairs.is_partial
    group by pairs.comparison, pairs.posted_month, books.scope_type, books.scope_id, books.currency

)

select
    expected.*,
    bridges.former_effective_cost,
    bridges.effective_cost
from expected
left join {{ ref('fct_cost_bridges') }} as bridges
    on
        expected.comparison = bridges.comparison
        and expected.period_month = bridges.period_month
        and expected.scope_type = bridges.scope_type
        and expected.scope_id = bridges.scope_id
        and expected.currency = bridges.currency
where
    expected.former_cost <> coalesce(bridges.former_effective_cost, 0)
    or expected.cost <> coalesce(bridges.effective_cost, 0)
