select
    source_name,
    billing_month,
    delivery_id,
    line_item_reference_no as line_item_id,
    line_item_tenant_id as tenant_id,
    line_item_interval_usage_start as charge_period_start,
    line_item_interval_usage_end as charge_period_end,
    lower(line_item_is_correction) = 'true' as is_correction,
    line_item_backreference_no as corrected_line_item_id,

    -- what
    product_service as product_code,
    product_description as charge_description,
    product_compartment_id as compartment_id,
    product_compartment_name as compartment_name,
    product_region as region_id,
    product_availability_domain as availability_zone,
    product_resource_id as resource_id,
    cost_product_sku as sku_id,
    cost_billing_unit_readable as sku_meter,
    tags,

    -- how much
    usage_billed_quantity as usage_quantity,
    usage_billed_quantity_overage as overage_quantity,
    cost_sku_unit_description as pricing_unit,

    -- money; overage is contained in it
    cost_subscription_id as subscription_id,
    cost_currency_code as billing_currency,
    cost_unit_price as contracted_unit_price,
    cost_unit_price_overage as overage_unit_price,
    cost_my_cost as billed_cost,
    cost_my_cost_overage as overage_cost,
    lower(cost_overage_flag) = 'true' as is_overage,
    usage_attributed_usage as attributed_quantity,
    cost_attributed_cost as attributed_cost,
    {{ told_columns('oci_cost') }} as told_columns
from {{ source('raw', 'oci_cost') }}
