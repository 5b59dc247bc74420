select
    -- where the line came from
    source_name,
    billing_month,
    delivery_id,
    export_time as exported_at,

    -- who and when
    billing_account_id,
    project_id as sub_account_id,
    project_name as sub_account_name,
    usage_start_time as charge_period_start,
    usage_end_time as charge_period_end,
    seller_name,

    -- what
    cost_type,
    service_id,
    service_description,
    sku_id,
    sku_description,
    resource_global_name,
    resource_name,
    location_region as region_id,
    location_zone as availability_zone,
    adjustment_info_type as adjustment_type,
    adjustment_info_description as adjustment_description,
    consumption_model_id,
    consumption_model_description as consumption_model_name,
    subscription_instance_id as subscription_id,
    labels,
    tags as resource_tags,
    project_labels,
    system_labels,

    -- quantities and prices
    usage_amount as usage_quantity,
    usage_unit,
    usage_amount_in_pricing_units as pricing_quantity,
    usage_pricing_unit as pricing_unit,
    price_tier_start_amount as tier_start_quantity,
    price_effective_price as effective_unit_price,
    price_effective_price_default as contracted_unit_price,
    price_list_price as list_unit_price,
    currency_conversion_rate,

    -- money as billed; credits come on top of the cost
    currency as billing_currency,
    cost,
    credits,
    cost_at_list as delivered_list_cost,
    cost_at_effective_price_default as default_price_cost,
    {{ told_columns('gcp_billing') }} as told_columns
from {{ source('raw', 'gcp_billing') }}
