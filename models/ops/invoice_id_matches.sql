-- Which charges carry the number of a delivered invoice: of the same issuer, or, since issuers are spelled in many
-- ways, of the one issuer who has that number.
with charged as (

    select
        invoice_id,
        invoice_issuer_name,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(billed_tax_cost) as billed_tax_cost,
        sum(billed_credit_cost) as billed_credit_cost,
        {{ any_true('is_tax_billed') }} as is_tax_billed,
        sum(position_count) as position_count
    from {{ ref('invoice_charges') }}
    where invoice_id is not null
    group by invoice_id, invoice_issuer_name, billing_currency

),

charged_issuers as (

    select
        invoice_id,
        count(distinct invoice_issuer_name) as issuer_count
    from charged
    group by invoice_id

),

invoices as (

    select distinct
        invoice_issuer_name,
        invoice_id
    from {{ ref('stg_facts__invoices') }}

),

invoice_issuers as (

    select
        invoice_id,
        count(*) as issuer_count
    from invoices
    group by invoice_id

)

select
    invoices.invoice_issuer_name,
    invoices.invoice_id,
    charged.billing_currency,
    sum(charged.billed_cost) as billed_cost,
    sum(charged.billed_tax_cost) as billed_tax_cost,
    sum(charged.billed_credit_cost) as billed_credit_cost,
    {{ any_true('charged.is_tax_billed') }} as is_tax_billed,
    sum(charged.position_count) as position_count
from invoices
inner join charged
    on invoices.invoice_id = charged.invoice_id
inner join charged_issuers
    on invoices.invoice_id = charged_issuers.invoice_id
inner join invoice_issuers
    on invoices.invoice_id = invoice_issuers.invoice_id
where
    invoices.invoice_issuer_name = charged.invoice_issuer_name
    or (charged_issuers.issuer_count = 1 and invoice_issuers.issuer_count = 1)
group by invoices.invoice_issuer_name, invoices.invoice_id, charged.billing_currency
