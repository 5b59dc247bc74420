-- The difference between an invoice and its charges, taken apart: every part is a reason, and what is left has none.
with differences as (

    select
        *,
        invoiced_cost - billed_cost as difference_cost,
        case when match_basis = 'none' then invoiced_cost else 0 end as missing_cost,
        case when match_basis = 'other_currency' then invoiced_cost else 0 end as fx_difference_cost,
        case
            when match_basis in ('invoice_id', 'billing_account') then coalesce(invoiced_tax_cost, 0) - billed_tax_cost
            else 0
        end as tax_difference_cost,
        case
            when match_basis in ('invoice_id', 'billing_account')
                then coalesce(invoiced_credit_cost - billed_credit_cost, 0)
            else 0
        end as credit_difference_cost
    from {{ ref('invoice_matches') }}

),

rests as (

    select
        differences.*,
        differences.difference_cost - differences.missing_cost - differences.fx_difference_cost
        - differences.tax_difference_cost - differences.credit_difference_cost as rest_cost,
        differences.position_count * {{ money('0.005') }} as rounding_limit_cost,
        coalesce(tolerances.tolerance_cost, 0) as tolerance_cost,
        coalesce(tolerances.max_tax_share, {{ money('0.3') }}) as max_tax_share,
        -- as long as the month's bill may still grow
        cast({{ as_of() }} as date)
        < {{ add_days(add_months('differences.billing_month', 1), 'coalesce(tolerances.timing_days, 15)') }}
            as is_growing
    from differences
    left join {{ source('raw', 'rule_tolerances') }} as tolerances
        on
            differences.billing_currency = tolerances.billing_currency
            and differences.billing_month >= coalesce(tolerances.valid_from, date '0001-01-01')
            and differences.billing_month < coalesce(tolerances.valid_to, date '9999-12-31')

),

wanting as (

    select
        *,
        case
            when not is_growing or abs(rest_cost) <= rounding_limit_cost then 0
            when rest_cost > 0 and uninvoiced_cost > 0 then rest_cost
            when rest_cost < 0 and uninvoiced_cost < 0 then -rest_cost
            else 0
        end as wanted_cost
    from rests

),

-- charges of the account and month that are on no invoice yet can be on this one; each counts for one invoice, the
-- first that was issued
shared as (

    select
        *,
        least(
            wanted_cost,
            greatest(
                abs(uninvoiced_cost) + wanted_cost - sum(wanted_cost) over (
                    partition by billing_account_id, billing_month, billing_currency
                    order by coalesce(issue_date, date '9999-12-31'), invoice_issuer_name, invoice_id
                ),
                0
            )
        ) as found_cost
    from wanting

),

timed as (

    select
        *,
        case when uninvoiced_cost < 0 then -found_cost else found_cost end as timing_difference_cost
    from shared

),

rounded as (

    select
        *,
        case
            when abs(rest_cost - timing_difference_cost) <= rounding_limit_cost
                then rest_cost - timing_difference_cost
            else 0
        end as rounding_difference_cost
    from timed

),

explained as (

    select
        *,
        rest_cost - timing_difference_cost - rounding_difference_cost as unexplained_cost,
        invoiced_cost - coalesce(invoiced_tax_cost, 0) as untaxed_cost
    from rounded

),

-- a reason found is no excuse: for a tax only where bills of this issuer carry none and the invoice states one that
-- can be a tax on its amount, for a credit where the invoice states none
judged as (

    select
        *,
        abs(missing_cost) + abs(fx_difference_cost)
        + case
            when
                not is_tax_billed
                and case when untaxed_cost < 0 then -invoiced_tax_cost else invoiced_tax_cost end
                between 0 and abs(untaxed_cost) * max_tax_share
                then 0
            else abs(tax_difference_cost)
        end
        + case when invoiced_credit_cost is not null then abs(credit_difference_cost) else 0 end as disputed_cost
    from explained

)

select
    invoice_issuer_name,
    invoice_id,
    billing_account_id,
    billing_month,
    billing_currency,
    match_basis,
    {{ money('invoiced_cost') }} as invoiced_cost,
    {{ money('billed_cost') }} as billed_cost,
    {{ money('difference_cost') }} as difference_cost,
    {{ money('missing_cost') }} as missing_cost,
    {{ money('fx_difference_cost') }} as fx_difference_cost,
    {{ money('tax_difference_cost') }} as tax_difference_cost,
    {{ money('credit_difference_cost') }} as credit_difference_cost,
    {{ money('timing_difference_cost') }} as timing_difference_cost,
    {{ money('rounding_difference_cost') }} as rounding_difference_cost,
    {{ money('unexplained_cost') }} as unexplained_cost,
    {{ money('tolerance_cost') }} as tolerance_cost,
    abs(unexplained_cost) + disputed_cost > tolerance_cost + rounding_limit_cost as is_blocking,
    case
        when match_basis = 'none' then 'missing'
        when match_basis = 'other_currency' then 'other_currency'
        when difference_cost = 0 then 'tied'
        when unexplained_cost <> 0 then 'unexplained'
        when disputed_cost > tolerance_cost + rounding_limit_cost then 'disputed'
        else 'explained'
    end as state
from judged
