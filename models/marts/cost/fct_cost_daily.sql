{{ config(
    materialized='incremental',
    partition_by=by_month('billing_month'),
    cluster_by=['source_name', 'service_provider_name']
) }}

select
    charges.source_name,
    charges.service_provider_name,
    charges.billing_account_id,
    charges.sub_account_id,
    charges.service_name,
    charges.service_category,
    charges.region_id,
    charges.charge_category,
    charges.pricing_category,
    charges.commitment_discount_type,
    charges.commitment_discount_status,
    charges.charge_date,
    charges.billing_month,
    charges.posted_month,
    charges.billing_currency,
    charges.invoice_id,
    owners.team,
    owners.product,
    owners.environment,
    owners.cost_center,
    owners.business_unit,
    owners.allocation_method,
    charges.is_tagged,
    compliance.is_tag_compliant,
    -- what a commitment could have covered: usage of a meter that commitments exist for
    eligible.sku_meter is not null
    and charges.charge_category = 'Usage'
    and charges.pricing_category in ('Standard', 'Committed')
    and coalesce(charges.commitment_discount_status, 'Used') = 'Used'
    and coalesce(charges.line_item_type, '') not like '%Discount' as is_commitment_eligible,
    max(charges.sub_account_name) as sub_account_name,
    sum(charges.billed_cost) as billed_cost,
    sum(charges.effective_cost) as effective_cost,
    sum(charges.contracted_cost) as contracted_cost,
    sum(charges.list_cost) as list_cost,
    sum(case when charges.contracted_cost is not null then charges.effective_cost else 0 end)
        as contracted_known_effective_cost,
    sum(case when charges.list_cost is not null then charges.effective_cost else 0 end) as list_known_effective_cost,
    cast(sum(charges.line_count) as bigint) as line_count
from {{ ref('int_charges_daily') }} as charges
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('charges', 'owners') }}
left join {{ ref('int_tag_compliance') }} as compliance
    on charges.tag_set_id = compliance.tag_set_id and owners.period_start = compliance.period_start
left join {{ ref('int_commitment_eligible_meters') }} as eligible
    on
        charges.service_provider_name = eligible.service_provider_name
        and coalesce(charges.sku_meter, '') = eligible.sku_meter
        and charges.service_category = eligible.service_category
where {{ in_rebuild('charges') }}
group by all
