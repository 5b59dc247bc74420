-- Azure charges under FOCUS names. Which lines are kept and what they cost is decided in int_azure_charges.
with charges as (

    select
        *,
        -- purchases of commitments have no list and contracted cost, and so no price that would agree with them
        charge_category = 'Usage' or (charge_category = 'Purchase' and not is_commitment_purchase) as is_priced,
        pricing_currency is not null and charge_category <> 'Tax' as is_priced_abroad,
        commitment_discount_id is not null or not is_unused_commitment as has_resource,
        {{ text_part('type_path', '/', 1) }} || '/' || {{ text_part('type_path', '/', 2) }} as service_type
    from {{ ref('int_azure_charges') }}

)

select
    charges.source_name,
    charges.billing_month,
    charges.delivery_id,
    charges.usage_date as charge_date,
    charges.charge_type as line_item_type,
    'delivered' as row_origin,
    cast(null as string) as allocated_method_details,
    cast(null as string) as allocated_method_id,
    cast(null as string) as allocated_resource_id,
    cast(null as string) as allocated_resource_name,
    cast(null as string) as allocated_tags,
    charges.availability_zone,
    charges.billed_cost,
    coalesce(charges.billing_profile_id, charges.billing_account_id) as billing_account_id,
    coalesce(charges.billing_profile_name, charges.billing_account_name) as billing_account_name,
    case
        when charges.billing_profile_id <> charges.billing_account_id then 'Billing Profile'
        when coalesce(charges.billing_profile_id, charges.billing_account_id) is not null then 'Billing Account'
    end as billing_account_type,
    charges.billing_currency,
    cast(
        coalesce({{ add_days('charges.billing_period_end_date', 1) }}, {{ next_month('charges.billing_month') }})
        as timestamp
    ) as billing_period_end,
    cast(
        case
            when charges.billing_period_end_date is null then charges.billing_month
            else charges.billing_period_start_date
        end as timestamp
    ) as billing_period_start,
    {{ json_text_member('charges.additional_info', 'VMCapacityReservationId') }} as capacity_reservation_id,
    case
        when strpos(charges.additional_info, '"VMCapacityReservationId":"') > 0
            then case when strpos(charges.additional_info, '"UsageType":"ComputeCR"') > 0 then 'Unused' else 'Used' end
    end as capacity_reservation_status,
    charges.charge_category,
    case when charges.charge_key = 'refund' then 'Correction' end as charge_class,
    charges.product_name as charge_description,
    case
        when charges.charge_category = 'Usage' then 'Usage-Based'
        when lower(charges.frequency) = 'onetime' then 'One-Time'
        when lower(charges.frequency) = 'recurring' or charges.is_commitment_purchase then 'Recurring'
        when charges.charge_category in ('Purchase', 'Credit') then 'One-Time'
        else 'Usage-Based'
    end as charge_frequency,
    cast({{ add_days('charges.usage_date', 1) }} as timestamp) as charge_period_end,
    cast(charges.usage_date as timestamp) as charge_period_start,
    case
        when charges.is_savings_plan then 'Spend'
        when charges.commitment_discount_id is not null then 'Usage'
    end as commitment_discount_category,
    charges.commitment_discount_id,
    case
        when charges.commitment_discount_id is not null then coalesce(charges.benefit_name, charges.reservation_name)
    end as commitment_discount_name,
    case
        when charges.commitment_discount_status is null then null
        when charges.is_savings_plan then charges.effective_cost
        else {{ money('charges.quantity * coalesce(units.block_size, 1)') }}
    end as commitment_discount_quantity,
    charges.commitment_discount_status,
    charges.commitment_discount_type,
    case
        when charges.commitment_discount_status is null then null
        when charges.is_savings_plan then charges.billing_currency
        when charges.quantity is not null then coalesce(units.unit, charges.unit_of_measure, 'Hours')
    end as commitment_discount_unit,
    cast(null as string) as commitment_program_eligibility_details,
    case
        when charges.charge_key = 'usage' then {{ money('charges.quantity * coalesce(units.block_size, 1)') }}
    end as consumed_quantity,
    case
        when charges.charge_key = 'usage' and charges.quantity is not null
            then coalesce(units.unit, charges.unit_of_measure)
    end as consumed_unit,
    cast(null as string) as contract_applied,
    charges.contracted_cost,
    case when charges.is_priced then charges.contracted_unit_price end as contracted_unit_price,
    charges.effective_cost,
    'Microsoft' as host_provider_name,
    cast(null as string) as invoice_detail_id,
    charges.invoice_id,
    coalesce(charges.reseller_name, 'Microsoft') as invoice_issuer_name,
    charges.list_cost,
    case when charges.is_priced then charges.list_unit_price end as list_unit_price,
    case
        when charges.charge_category not in ('Usage', 'Purchase') then null
        when charges.is_covered_usage or charges.is_unused_commitment then 'Committed'
        when charges.pricing_key = 'spot' then 'Dynamic'
        else 'Standard'
    end as pricing_category,
    charges.pricing_currency,
    case when charges.is_priced_abroad then nullif(charges.unit_price, 0) end as pricing_currency_contracted_unit_price,
    case
        when charges.effective_cost = charges.cost then charges.pricing_currency_cost
        when charges.pricing_currency_cost is not null then {{ money('0') }}
    end as pricing_currency_effective_cost,
    case when charges.is_priced_abroad then nullif(charges.payg_unit_price, 0) end as pricing_currency_list_unit_price,
    case when charges.charge_category <> 'Tax' then charges.quantity end as pricing_quantity,
    case
        when charges.charge_category = 'Tax' or charges.quantity is null then null
        when units.block_size > 1 then cast(units.block_size as string) || ' ' || units.unit
        else coalesce(units.unit, charges.unit_of_measure)
    end as pricing_unit,
    coalesce(regions.region_id, lower(charges.resource_location)) as region_id,
    regions.region_name,
    case
        when charges.is_unused_commitment then charges.commitment_discount_id else lower(charges.resource_id)
    end as resource_id,
    case when charges.resource_id is not null and charges.has_resource then charges.resource_name end as resource_name,
    case
        when charges.is_unused_commitment then charges.commitment_discount_type
        when charges.resource_id is not null then coalesce(charges.service_type, lower(charges.resource_type))
    end as resource_type,
    coalesce(resource_types.service_category, services.service_category, 'Other') as service_category,
    coalesce(
        resource_types.service_name, services.service_name,
        case when charges.is_marketplace then charges.product_name end, charges.meter_category, charges.product_name,
        charges.consumed_service, 'Unknown'
    ) as service_name,
    case
        when charges.is_marketplace then coalesce(charges.publisher_name, 'Azure Marketplace') else 'Microsoft'
    end as service_provider_name,
    coalesce(resource_types.service_subcategory, services.service_subcategory, 'Other (Other)') as service_subcategory,
    case when charges.charge_category <> 'Tax' then coalesce(charges.product_id, charges.meter_id) end as sku_id,
    charges.meter_name as sku_meter,
    cast(null as string) as sku_price_details,
    case
        when charges.charge_category <> 'Tax'
            then coalesce(charges.part_number, charges.product_id || '_' || charges.meter_id)
    end as sku_price_id,
    charges.sub_account_id,
    case when charges.sub_account_id is not null then charges.sub_account_name end as sub_account_name,
    case when charges.sub_account_id is not null then 'Subscription' end as sub_account_type,
    charges.tags,
    charges.effective_cost as gross_effective_cost,
    charges.contracted_cost_source,
    charges.effective_cost_source,
    nullif(
        case
            when resource_types.service_key is not null or services.service_key is not null
                then 'ServiceCategory ServiceName ServiceSubcategory '
            else ''
        end
        || case when regions.region_id is not null then 'RegionId RegionName ' else '' end
        || case when units.unit is not null then 'ConsumedUnit PricingUnit ' else '' end
        || charges.sheet_columns, ''
    ) as derived_columns,
    charges.publisher_name,
    charges.told_columns
from charges
left join {{ ref('azure_services') }} as resource_types on charges.service_type = resource_types.service_key
left join {{ ref('azure_services') }} as services on lower(charges.consumed_service) = services.service_key
left join {{ ref('azure_regions') }} as regions on lower(charges.resource_location) = regions.resource_location
left join {{ ref('azure_units') }} as units on lower(trim(charges.unit_of_measure)) = units.unit_of_measure
