{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- Quantities that can be added: core hours, gigabyte-months and tokens of meters that tell them, with their cost.
select
    charges.source_name,
    charges.service_provider_name,
    charges.service_name,
    charges.pricing_category,
    charges.commitment_discount_status,
    charges.billing_month,
    charges.posted_month,
    charges.billing_currency,
    owners.business_unit,
    owners.team,
    owners.product,
    owners.cost_center,
    meters.usage_measure,
    meters.storage_tier,
    {{ money("sum(round(case meters.quantity_basis
        when 'pricing' then charges.pricing_quantity
        else charges.consumed_quantity
    end * meters.unit_factor, 9))") }} as usage_quantity,
    sum(charges.effective_cost) as effective_cost,
    sum(charges.list_cost) as list_cost
from {{ ref('int_charges_daily') }} as charges
inner join {{ ref('int_usage_meters') }} as meters
    on
        charges.service_provider_name = meters.service_provider_name
        and charges.service_category = meters.service_category
        and charges.sku_meter = meters.sku_meter
        and {{ same('charges.pricing_unit', 'meters.pricing_unit') }}
        and {{ same('charges.consumed_unit', 'meters.consumed_unit') }}
left join {{ ref('int_owners') }} as owners
    on {{ has_owner('charges', 'owners') }}
where
    {{ in_rebuild('charges') }}
    and charges.charge_category = 'Usage'
    and coalesce(charges.commitment_discount_status, 'Used') = 'Used'
group by all
