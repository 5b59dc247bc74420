{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Cash beside accrual: what the month bills, what it truly cost, and where the two part.
select
    source_name,
    service_provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    charge_category,
    billing_month,
    posted_month,
    {{ month_of('charge_date') }} as charge_month,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(effective_cost) - sum(billed_cost) as accrual_difference_cost,
    sum(case when charge_category = 'Purchase' and commitment_discount_id is not null then billed_cost else 0 end)
        as commitment_purchase_cost,
    sum(case when commitment_discount_status = 'Used' then effective_cost else 0 end) as commitment_used_cost,
    sum(case when commitment_discount_status = 'Unused' then effective_cost else 0 end) as commitment_unused_cost
from {{ ref('int_charges_daily') }}
where {{ in_rebuild() }}
group by
    source_name, service_provider_name, billing_account_id, sub_account_id, service_name, charge_category,
    billing_month, posted_month, {{ month_of('charge_date') }}, billing_currency
