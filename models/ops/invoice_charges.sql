-- What the bills say about each invoice: by its id where charges carry one, by account and month what carries none.
with positions as (

    select
        invoice_issuer_name,
        invoice_id,
        billing_account_id,
        billing_month,
        billing_currency,
        charge_category,
        sum(billed_cost) as billed_cost
    from {{ ref('int_charges_daily') }}
    group by
        invoice_issuer_name, invoice_id, billing_account_id, billing_month, billing_currency, charge_category,
        service_name

)

select
    invoice_issuer_name,
    invoice_id,
    billing_account_id,
    billing_month,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(case when charge_category = 'Tax' then billed_cost else 0 end) as billed_tax_cost,
    sum(case when charge_category = 'Credit' then billed_cost else 0 end) as billed_credit_cost,
    -- whether a bill of this issuer ever carries tax: some tell it on the invoice alone
    max(max(case when charge_category = 'Tax' and billed_cost <> 0 then 1 else 0 end)) over (
        partition by invoice_issuer_name
    ) = 1 as is_tax_billed,
    -- an invoice rounds each of its positions to cents
    count(*) as position_count
from positions
group by invoice_issuer_name, invoice_id, billing_account_id, billing_month, billing_currency
