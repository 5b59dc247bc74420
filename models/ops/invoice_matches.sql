-- Each delivered invoice beside the charges that belong to it: those that carry its number, in whichever month; else
-- those of its account, month and currency.
with invoices as (

    select
        invoice_issuer_name,
        invoice_id,
        billing_currency,
        case when count(distinct billing_account_id) = 1 then max(billing_account_id) end as billing_account_id,
        min(billing_month) as billing_month,
        sum(untaxed_cost + coalesce(tax_cost, 0)) as invoiced_cost,
        max(issue_date) as issue_date,
        sum(tax_cost) as invoiced_tax_cost,
        sum(credit_cost) as invoiced_credit_cost
    from {{ ref('stg_facts__invoices') }}
    group by invoice_issuer_name, invoice_id, billing_currency

),

-- charges without a number can be on an invoice that is out already, unless another invoice claims them
claimed as (

    select distinct
        invoices.billing_account_id,
        invoices.billing_month,
        invoices.billing_currency
    from {{ ref('stg_facts__invoices') }} as invoices
    inner join {{ ref('invoice_account_matches') }} as claims
        on
            invoices.invoice_issuer_name = claims.invoice_issuer_name
            and invoices.invoice_id = claims.invoice_id
            and invoices.billing_currency = claims.billing_currency

),

uninvoiced as (

    select
        charges.billing_account_id,
        charges.billing_month,
        charges.billing_currency,
        sum(charges.billed_cost) as uninvoiced_cost
    from {{ ref('invoice_charges') }} as charges
    left join claimed
        on
            charges.billing_account_id = claimed.billing_account_id
            and charges.billing_month = claimed.billing_month
            and charges.billing_currency = claimed.billing_currency
    where charges.invoice_id is null and claimed.billing_account_id is null
    group by charges.billing_account_id, charges.billing_month, charges.billing_currency

),

other_currency as (

    select distinct
        invoice_issuer_name,
        invoice_id
    from {{ ref('invoice_id_matches') }}

)

select
    invoices.*,
    case
        when by_id.invoice_id is not null then 'invoice_id'
        when other_currency.invoice_id is not null then 'other_currency'
        when by_account.invoice_id is not null then 'billing_account'
        else 'none'
    end as match_basis,
    coalesce(by_id.billed_cost, by_account.billed_cost, 0) as billed_cost,
    coalesce(by_id.billed_tax_cost, by_account.billed_tax_cost, 0) as billed_tax_cost,
    coalesce(by_id.billed_credit_cost, by_account.billed_credit_cost, 0) as billed_credit_cost,
    coalesce(by_id.is_tax_billed, by_account.is_tax_billed, false) as is_tax_billed,
    coalesce(by_id.position_count, by_account.position_count, 0) as position_count,
    case when by_id.invoice_id is not null then coalesce(uninvoiced.uninvoiced_cost, 0) else 0 end as uninvoiced_cost
from invoices
left join {{ ref('invoice_id_matches') }} as by_id
    on
        invoices.invoice_issuer_name = by_id.invoice_issuer_name
        and invoices.invoice_id = by_id.invoice_id
        and invoices.billing_currency = by_id.billing_currency
left join other_currency
    on
        invoices.invoice_issuer_name = other_currency.invoice_issuer_name
        and invoices.invoice_id = other_currency.invoice_id
left join {{ ref('invoice_account_matches') }} as by_account
    on
        invoices.invoice_issuer_name = by_account.invoice_issuer_name
        and invoices.invoice_id = by_account.invoice_id
        and invoices.billing_currency = by_account.billing_currency
left join uninvoiced
    on
        invoices.billing_account_id = uninvoiced.billing_account_id
        and invoices.billing_month = uninvoiced.billing_month
        and invoices.billing_currency = uninvoiced.billing_currency
