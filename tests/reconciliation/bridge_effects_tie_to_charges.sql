-- Before any exchange rate the parts are what the charges of both months say: nothing hides in the currency's part.
with unconverted as (

    select distinct
        source_name,
        billing_month
    from {{ ref('fct_reporting_rates') }}
    where exchange_rate is null

),

charges as (

    select
        charges.posted_month,
        charges.billing_currency,
        sum(charges.effective_cost) as effective_cost
    from {{ ref('int_charges_daily') }} as charges
    left join unconverted
        on charges.source_name = unconverted.source_name and charges.billing_month = unconverted.billing_month
    where unconverted.source_name is null
    group by charges.posted_month, charges.billing_currency

),

expected as (

    select
        pairs.comparison,
        pairs.posted_month as period_month,
        charges.billing_currency,
        sum(
            case when charges.posted_month = pairs.posted_month then 1 else -1 end * charges.effective_cost
        ) as change_cost
    from {{ ref('int_bridge_pairs') }} as pairs
    inner join charges on charges.posted_month in (pairs.posted_month, pairs.former_month)
    where not pairs.is_partial
    group by pairs.comparison, pairs.posted_month, charges.billing_currency

),

found as (

    select
        comparison,
        period_month,
        scope_type,
        billing_currency,
        sum({{ for_each(bridge_parts() | reject('equalto', 'fx'), '{}_change_cost', ' + ') }}) as change_cost
    from {{ ref('fct_bridge_effects') }}
    group by comparison, period_month, scope_type, billing_currency

)

select
    found.*,
    expected.change_cost as expected_cost
from found
left join expected
    on
        found.comparison = expected.comparison
        and found.period_month = expected.period_month
        and found.billing_currency = expected.billing_currency
inner join {{ ref('int_bridge_pairs') }} as pairs
    on found.comparison = pairs.comparison and found.period_month = pairs.posted_month
where not pairs.is_partial and found.change_cost <> coalesce(expected.change_cost, 0)
