-- Each delivered invoice beside the charges that belong to it: those that carry its id, in whichever month; else, where
-- the provider stamps no ids (or none yet), those of its account, month and currency.
with by_id as (

    select
        invoice_id,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(billed_tax_cost) as billed_tax_cost,
        sum(billed_credit_cost) as billed_credit_cost,
        sum(position_count) as position_count
    from {{ ref('invoice_charges') }}
    where invoice_id is not null
    group by invoice_id, billing_currency

),

other_currency as (

    select distinct invoice_id
    from by_id

),

without_id as (

    select
        billing_account_id,
        billing_month,
        billing_currency,
        billed_cost,
        billed_tax_cost,
        billed_credit_cost,
        position_count
    from {{ ref('invoice_charges') }}
    where invoice_id is null

),

invoices as (

    select
        invoice_issuer_name,
        invoice_id,
        billing_account_id,
        billing_month,
        billing_currency,
        untaxed_cost + coalesce(tax_cost, 0) as invoiced_cost,
        tax_cost as invoiced_tax_cost,
        credit_cost as invoiced_credit_cost,
        -- several invoices of one account and month without ids cannot be told apart: the first carries them all
        row_number() over (
            partition by billing_account_id, billing_month, billing_currency
            order by issue_date, invoice_id
        ) as invoice_rank
    from {{ ref('stg_facts__invoices') }}

)

select
    invoices.invoice_issuer_name,
    invoices.invoice_id,
    invoices.billing_account_id,
    invoices.billing_month,
    invoices.billing_currency,
    invoices.invoiced_cost,
    invoices.invoiced_tax_cost,
    invoices.invoiced_credit_cost,
    case
        when by_id.invoice_id is not null then 'invoice_id'
        when other_currency.invoice_id is not null then 'other_currency'
        when without_id.billing_month is not null then 'billing_account'
        else 'none'
    end as match_basis,
    coalesce(by_id.billed_cost, without_id.billed_cost, 0) as billed_cost,
    coalesce(by_id.billed_tax_cost, without_id.billed_tax_cost, 0) as billed_tax_cost,
    coalesce(by_id.billed_credit_cost, without_id.billed_credit_cost, 0) as billed_credit_cost,
    coalesce(by_id.position_count, without_id.position_count, 0) as position_count,
    case when by_id.invoice_id is not null then coalesce(without_id.billed_cost, 0) else 0 end as uninvoiced_cost
from invoices
left join by_id
    on invoices.invoice_id = by_id.invoice_id and invoices.billing_currency = by_id.billing_currency
left join other_currency
    on invoices.invoice_id = other_currency.invoice_id
left join without_id
    on
        {{ same('invoices.billing_account_id', 'without_id.billing_account_id') }}
        and invoices.billing_month = without_id.billing_month
        and invoices.billing_currency = without_id.billing_currency
        and invoices.invoice_rank = 1
