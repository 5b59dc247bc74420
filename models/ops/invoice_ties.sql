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
        *,
        difference_cost - missing_cost - fx_difference_cost - tax_difference_cost - credit_difference_cost as rest_cost
    from differences

),

timed as (

    select
        *,
        -- charges of the same account and month that are on no invoice yet can be on this one, up to what they cost
        case
            when rest_cost > 0 and uninvoiced_cost > 0 then least(rest_cost, uninvoiced_cost)
            when rest_cost < 0 and uninvoiced_cost < 0 then greatest(rest_cost, uninvoiced_cost)
            else 0
        end as timing_difference_cost
    from rests

),

rounded as (

    select
        *,
        case
            when abs(rest_cost - timing_difference_cost) <= position_count * {{ money('0.005') }}
                then rest_cost - timing_difference_cost
            else 0
        end as rounding_difference_cost
    from timed

),

explained as (

    select
        *,
        rest_cost - timing_difference_cost - rounding_difference_cost as unexplained_cost
    from rounded

)

select
    explained.invoice_issuer_name,
    explained.invoice_id,
    explained.billing_account_id,
    explained.billing_month,
    explained.billing_currency,
    explained.match_basis,
    {{ money('explained.invoiced_cost') }} as invoiced_cost,
    {{ money('explained.billed_cost') }} as billed_cost,
    {{ money('explained.difference_cost') }} as difference_cost,
    {{ money('explained.missing_cost') }} as missing_cost,
    {{ money('explained.fx_difference_cost') }} as fx_difference_cost,
    {{ money('explained.tax_difference_cost') }} as tax_difference_cost,
    {{ money('explained.credit_difference_cost') }} as credit_difference_cost,
    {{ money('explained.timing_difference_cost') }} as timing_difference_cost,
    {{ money('explained.rounding_difference_cost') }} as rounding_difference_cost,
    {{ money('explained.unexplained_cost') }} as unexplained_cost,
    {{ money('coalesce(tolerances.tolerance_cost, 0)') }} as tolerance_cost,
    -- a tax that the bill leaves out is a reason; two taxes, or a stated credit, that differ are not
    abs(explained.unexplained_cost) + abs(explained.missing_cost) + abs(explained.fx_difference_cost)
    + case when explained.billed_tax_cost <> 0 then abs(explained.tax_difference_cost) else 0 end
    + case when explained.invoiced_credit_cost is not null then abs(explained.credit_difference_cost) else 0 end
    > coalesce(tolerances.tolerance_cost, 0) + explained.position_count * {{ money('0.005') }} as is_blocking,
    case
        when explained.match_basis = 'none' then 'missing'
        when explained.match_basis = 'other_currency' then 'other currency'
        when explained.difference_cost = 0 then 'tied'
        when explained.unexplained_cost = 0 then 'explained'
        else 'unexplained'
    end as state
from explained
left join {{ source('raw', 'rule_tolerances') }} as tolerances
    on
        explained.billing_currency = tolerances.billing_currency
        and explained.billing_month >= coalesce(tolerances.valid_from, date '0001-01-01')
        and explained.billing_month < coalesce(tolerances.valid_to, date '9999-12-31')
