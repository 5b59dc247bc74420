-- Oracle's cost report as FOCUS. It has the price that the customer pays and no list price; commitments (Universal
-- Credits) are drawn down at that price, so the effective cost is the billed one. Corrections are lines of their own.
with lines as (

    select
        *,
        upper(replace(replace(product_code, '_', ''), ' ', '')) as service_key
    from {{ ref('stg_oci_cost__line_items') }}

)

select
    lines.source_name,
    lines.billing_month,
    lines.delivery_id,
    cast(lines.charge_period_start as date) as charge_date,
    case when lines.is_overage then 'Overage' end as line_item_type,
    'delivered' as row_origin,
    cast(null as string) as allocated_method_details,
    cast(null as string) as allocated_method_id,
    cast(null as string) as allocated_resource_id,
    cast(null as string) as allocated_resource_name,
    cast(null as string) as allocated_tags,
    lines.availability_zone,
    lines.billed_cost,
    coalesce(lines.subscription_id, lines.tenant_id) as billing_account_id,
    cast(null as string) as billing_account_name,
    cast(null as string) as billing_account_type,
    lines.billing_currency,
    cast({{ dbt.dateadd('month', 1, 'lines.billing_month') }} as timestamp) as billing_period_end,
    cast(lines.billing_month as timestamp) as billing_period_start,
    cast(null as string) as capacity_reservation_id,
    cast(null as string) as capacity_reservation_status,
    'Usage' as charge_category,
    case when lines.is_correction then 'Correction' end as charge_class,
    lines.charge_description,
    'Usage-Based' as charge_frequency,
    lines.charge_period_end,
    lines.charge_period_start,
    cast(null as string) as commitment_discount_category,
    cast(null as string) as commitment_discount_id,
    cast(null as string) as commitment_discount_name,
    {{ money('null') }} as commitment_discount_quantity,
    cast(null as string) as commitment_discount_status,
    cast(null as string) as commitment_discount_type,
    cast(null as string) as commitment_discount_unit,
    cast(null as string) as commitment_program_eligibility_details,
    lines.usage_quantity as consumed_quantity,
    case when lines.usage_quantity is not null then lines.pricing_unit end as consumed_unit,
    cast(null as string) as contract_applied,
    lines.billed_cost as contracted_cost,
    lines.contracted_unit_price,
    lines.billed_cost as effective_cost,
    'Oracle' as host_provider_name,
    cast(null as string) as invoice_detail_id,
    cast(null as string) as invoice_id,
    'Oracle' as invoice_issuer_name,
    {{ money('null') }} as list_cost,
    {{ money('null') }} as list_unit_price,
    'Standard' as pricing_category,
    cast(null as string) as pricing_currency,
    {{ money('null') }} as pricing_currency_contracted_unit_price,
    {{ money('null') }} as pricing_currency_effective_cost,
    {{ money('null') }} as pricing_currency_list_unit_price,
    lines.usage_quantity as pricing_quantity,
    case when lines.usage_quantity is not null then lines.pricing_unit end as pricing_unit,
    lines.region_id,
    regions.region_name,
    lines.resource_id,
    cast(null as string) as resource_name,
    case
        when starts_with(lines.resource_id, 'ocid1.') then {{ dbt.split_part('lines.resource_id', "'.'", 2) }}
    end as resource_type,
    coalesce(services.service_category, 'Other') as service_category,
    lines.product_code as service_name,
    'Oracle' as service_provider_name,
    coalesce(services.service_subcategory, 'Other (Other)') as service_subcategory,
    lines.sku_id,
    lines.sku_meter,
    cast(null as string) as sku_price_details,
    cast(null as string) as sku_price_id,
    lines.tenant_id as sub_account_id,
    cast(null as string) as sub_account_name,
    cast(null as string) as sub_account_type,
    -- a compartment is what Oracle's customers divide their tenancy by; as a tag, rules can name it
    {{ tags_with('lines.tags', 'oci:compartment', 'lines.compartment_name') }} as tags,
    lines.billed_cost as gross_effective_cost,
    'bill' as contracted_cost_source,
    'billed_fallback' as effective_cost_source,
    nullif(
        case when services.service_key is not null then 'ServiceCategory ServiceSubcategory ' else '' end
        || case when regions.region_id is not null then 'RegionName ' else '' end, ''
    ) as derived_columns,
    cast(null as string) as publisher_name,
    lines.told_columns
from lines
left join {{ ref('oci_services') }} as services on lines.service_key = services.service_key
left join {{ ref('oci_regions') }} as regions on lines.region_id = regions.region_id
