-- The parts of a bridge are the whole change of the cost, to the last digit, and what moved between owners is nothing
-- to the company.
with bridges as (

    select
        comparison,
        period_month,
        scope_type,
        scope_id,
        currency,
        effective_cost - former_effective_cost as wanted_cost,
        change_cost,
        {{ for_each(bridge_parts(), '{}_change_cost', ' + ') }} as parts_cost
    from {{ ref('fct_cost_bridges') }}
    union all
    select
        comparison,
        period_month,
        scope_type,
        'all of them' as scope_id,
        currency,
        0 as wanted_cost,
        sum(ownership_change_cost) as change_cost,
        sum(ownership_change_cost) as parts_cost
    from {{ ref('fct_cost_bridges') }}
    -- owners of one name in two currencies convert differently; in one currency of bills nothing is lost
    where currency not in (select rates.reporting_currency from {{ ref('fct_reporting_rates') }} as rates)
    group by comparison, period_month, scope_type, currency

)

select * from bridges
where wanted_cost <> change_cost or parts_cost <> change_cost
