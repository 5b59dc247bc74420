-- FOCUS writes its column names in PascalCase.
-- noqa: disable=CP02
select
    billing_period_created as BillingPeriodCreated,
    billing_period_end as BillingPeriodEnd,
    billing_period_last_updated as BillingPeriodLastUpdated,
    billing_period_start as BillingPeriodStart,
    billing_period_status as BillingPeriodStatus,
    invoice_issuer_name as InvoiceIssuerName,
    source_name as x_source_name,
    delivery_id as x_delivery_id
from {{ ref('stg_focus__billing_periods') }}
