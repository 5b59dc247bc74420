{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Only charges for the use of a resource: a commitment's unused part is no resource that someone could tag.
select
    source_name,
    service_provider_name,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    billing_month,
    posted_month,
    billing_currency,
    max(case when is_tagged then 1 else 0 end) = 1 as is_tagged,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost
from {{ ref('int_charges_daily') }}
where
    {{ in_rebuild() }}
    and resource_id is not null
    and charge_category = 'Usage'
    and coalesce(commitment_discount_status, 'Used') <> 'Unused'
group by
    source_name, service_provider_name, sub_account_id, service_name, region_id, resource_id, billing_month,
    posted_month, billing_currency
