{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Only charges for the use of a resource: a commitment's unused part is no resource that someone could tag.
select
    charges.source_name,
    charges.service_provider_name,
    charges.sub_account_id,
    charges.service_name,
    charges.region_id,
    charges.resource_id,
    charges.billing_month,
    charges.posted_month,
    charges.billing_currency,
    max(case when charges.is_tagged then 1 else 0 end) = 1 as is_tagged,
    max(case when owners.team <> {{ unallocated() }} then 1 else 0 end) = 1 as is_allocated,
    sum(charges.billed_cost) as billed_cost,
    sum(charges.effective_cost) as effective_cost
from {{ ref('int_charges_daily') }} as charges
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('charges', 'owners') }}
where
    {{ in_rebuild('charges') }}
    and charges.resource_id is not null
    and charges.charge_category = 'Usage'
    and coalesce(charges.commitment_discount_status, 'Used') <> 'Unused'
group by
    charges.source_name, charges.service_provider_name, charges.sub_account_id, charges.service_name,
    charges.region_id, charges.resource_id, charges.billing_month, charges.posted_month, charges.billing_currency
