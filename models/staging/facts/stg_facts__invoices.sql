select
    source_name,
    delivery_id,
    invoice_issuer_name,
    invoice_id,
    billing_account_id,
    billing_month,
    billing_currency,
    untaxed_cost,
    tax_cost,
    credit_cost,
    total_cost,
    issue_date,
    due_date,
    payment_currency,
    payment_cost,
    purchase_order_id
from {{ source('raw', 'invoices') }}
