-- Invoices whose number no charge carries, against the charges of their account and month that carry none. Where
-- several invoices share an account and month, charges cannot be told apart: the last one takes what the others leave.
with unmatched as (

    select
        invoices.invoice_issuer_name,
        invoices.invoice_id,
        invoices.billing_account_id,
        invoices.billing_month,
        invoices.billing_currency,
        invoices.untaxed_cost + coalesce(invoices.tax_cost, 0) as invoiced_cost,
        coalesce(invoices.tax_cost, 0) as tax_cost,
        coalesce(invoices.credit_cost, 0) as credit_cost,
        row_number() over (pools) as invoice_rank,
        count(*) over (
            partition by invoices.billing_account_id, invoices.billing_month, invoices.billing_currency
        ) as invoice_count
    from {{ ref('stg_facts__invoices') }} as invoices
    left join {{ ref('invoice_id_matches') }} as matches
        on
            invoices.invoice_issuer_name = matches.invoice_issuer_name
            and invoices.invoice_id = matches.invoice_id
    where matches.invoice_id is null
    window pools as (
        partition by invoices.billing_account_id, invoices.billing_month, invoices.billing_currency
        order by invoices.issue_date, invoices.invoice_issuer_name, invoices.invoice_id
    )

),

unstamped as (

    select
        billing_account_id,
        billing_month,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(billed_tax_cost) as billed_tax_cost,
        sum(billed_credit_cost) as billed_credit_cost,
        {{ any_true('is_tax_billed') }} as is_tax_billed,
        sum(position_count) as position_count
    from {{ ref('invoice_charges') }}
    where invoice_id is null
    group by billing_account_id, billing_month, billing_currency

),

-- what a bill without tax can have of an invoice
billable as (

    select
        {{ all_but(['invoiced_cost', 'tax_cost'], 'unmatched') }},
        case
            when unstamped.is_tax_billed then unmatched.invoiced_cost else unmatched.invoiced_cost - unmatched.tax_cost
        end as invoiced_cost,
        case when unstamped.is_tax_billed then unmatched.tax_cost else 0 end as tax_cost,
        unstamped.billed_cost,
        unstamped.billed_tax_cost,
        unstamped.billed_credit_cost,
        unstamped.is_tax_billed,
        unstamped.position_count
    from unmatched
    inner join unstamped
        on
            unmatched.billing_account_id = unstamped.billing_account_id
            and unmatched.billing_month = unstamped.billing_month
            and unmatched.billing_currency = unstamped.billing_currency

),

pooled as (

    select
        *,
        sum(invoiced_cost) over (pools) - invoiced_cost as other_cost,
        sum(tax_cost) over (pools) - tax_cost as other_tax_cost,
        sum(credit_cost) over (pools) - credit_cost as other_credit_cost
    from billable
    window pools as (partition by billing_account_id, billing_month, billing_currency)

)

select
    invoice_issuer_name,
    invoice_id,
    billing_currency,
    sum(case when invoice_rank = invoice_count then billed_cost - other_cost else invoiced_cost end) as billed_cost,
    sum(case when invoice_rank = invoice_count then billed_tax_cost - other_tax_cost else tax_cost end)
        as billed_tax_cost,
    sum(case when invoice_rank = invoice_count then billed_credit_cost - other_credit_cost else credit_cost end)
        as billed_credit_cost,
    {{ any_true('is_tax_billed') }} as is_tax_billed,
    sum(position_count) as position_count
from pooled
group by invoice_issuer_name, invoice_id, billing_currency
