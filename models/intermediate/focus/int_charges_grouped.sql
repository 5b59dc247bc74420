{{ config(materialized='table') }}

-- The one pass over the raw lines of the months being built; the whole tag map stands for its group.
select
    source_name,
    service_provider_name,
    invoice_issuer_name,
    billing_account_id,
    sub_account_id,
    invoice_id,
    billing_currency,
    charge_date,
    billing_month,
    charge_category,
    charge_class,
    charge_frequency,
    line_item_type,
    row_origin,
    service_name,
    service_category,
    sku_id,
    sku_price_id,
    region_id,
    availability_zone,
    resource_id,
    pricing_category,
    pricing_unit,
    consumed_unit,
    commitment_discount_id,
    commitment_discount_type,
    commitment_discount_status,
    {{ build_hash('tags') }} as tag_hash,
    {{ carried_map('tags') }} as tags,

    -- what depends on a key is carried, not grouped by
    {{ carried('delivery_id') }} as delivery_id,
    {{ carried('billing_account_name') }} as billing_account_name,
    {{ carried('sub_account_name') }} as sub_account_name,
    {{ carried('service_subcategory') }} as service_subcategory,
    {{ carried('region_name') }} as region_name,
    {{ carried('sku_meter') }} as sku_meter,
    {{ carried('commitment_discount_category') }} as commitment_discount_category,
    {{ carried('commitment_discount_unit') }} as commitment_discount_unit,

    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(gross_effective_cost) as gross_effective_cost,
    sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost,
    sum(pricing_quantity) as pricing_quantity,
    sum(consumed_quantity) as consumed_quantity,
    sum(commitment_discount_quantity) as commitment_discount_quantity,
    count(*) as line_count
from {{ ref('int_focus_union') }}
where {{ in_rebuild() }}
group by
    source_name, service_provider_name, invoice_issuer_name, billing_account_id, sub_account_id, invoice_id,
    billing_currency, charge_date, billing_month, charge_category, charge_class, charge_frequency, line_item_type,
    row_origin, service_name, service_category, sku_id, sku_price_id, region_id, availability_zone, resource_id,
    pricing_category, pricing_unit, consumed_unit, commitment_discount_id, commitment_discount_type,
    commitment_discount_status, {{ build_hash('tags') }}
