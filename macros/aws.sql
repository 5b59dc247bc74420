{#- The rename list that both AWS bills share: landing gives CUR 2.0 and the legacy CUR one and the same raw columns. -#}
{% macro aws_line_items(format, product_name) %}
    select
        -- where the line came from
        source_name,
        billing_month,
        delivery_id,
        discount_mode,
        identity_line_item_id as line_item_id,

        -- who and when
        bill_bill_type as bill_type,
        bill_billing_entity as billing_entity,
        bill_billing_period_start_date as billing_period_start,
        bill_billing_period_end_date as billing_period_end,
        bill_invoice_id as invoice_id,
        bill_invoicing_entity as invoicing_entity,
        bill_payer_account_id as billing_account_id,
        bill_payer_account_name as billing_account_name,
        line_item_usage_account_id as sub_account_id,
        line_item_usage_account_name as sub_account_name,
        line_item_usage_start_date as charge_period_start,
        line_item_usage_end_date as charge_period_end,

        -- what
        line_item_line_item_type as line_item_type,
        line_item_line_item_description as charge_description,
        line_item_legal_entity as legal_entity,
        line_item_product_code as product_code,
        line_item_usage_type as usage_type,
        line_item_operation as operation,
        line_item_resource_id as resource_id,
        line_item_availability_zone as availability_zone,
        coalesce(product_region_code, product_from_region_code) as region_id,
        product_sku as sku_id,
        product_product_family as product_family,
        pricing_rate_code as sku_price_id,
        pricing_unit,
        pricing_term,
        {{ product_name }} as product_name,
        resource_tags as tags,
        capacity_reservation_capacity_reservation_arn as capacity_reservation_id,
        capacity_reservation_capacity_reservation_status as capacity_reservation_status,

        -- quantities and prices
        line_item_usage_amount as usage_quantity,
        pricing_public_on_demand_rate as list_unit_price,
        line_item_unblended_rate as unblended_unit_price,

        -- money as billed
        line_item_currency_code as billing_currency,
        line_item_unblended_cost as unblended_cost,
        line_item_net_unblended_cost as net_unblended_cost,
        pricing_public_on_demand_cost as public_on_demand_cost,

        -- savings plans
        savings_plan_savings_plan_a_r_n as savings_plan_id,
        savings_plan_end_time as savings_plan_end_text,
        savings_plan_savings_plan_effective_cost as savings_plan_effective_cost,
        savings_plan_net_savings_plan_effective_cost as savings_plan_net_effective_cost,
        savings_plan_total_commitment_to_date as savings_plan_total_commitment_cost,
        savings_plan_used_commitment as savings_plan_used_commitment_cost,
        savings_plan_net_amortized_upfront_commitment_for_billing_period as savings_plan_net_amortized_upfront_cost,
        savings_plan_net_recurring_commitment_for_billing_period as savings_plan_net_recurring_cost,

        -- reservations
        reservation_reservation_a_r_n as reservation_id,
        reservation_end_time as reservation_end_text,
        reservation_effective_cost,
        reservation_net_effective_cost,
        reservation_unused_amortized_upfront_fee_for_billing_period as reservation_unused_upfront_cost,
        reservation_net_unused_amortized_upfront_fee_for_billing_period as reservation_net_unused_upfront_cost,
        reservation_unused_recurring_fee as reservation_unused_recurring_cost,
        reservation_net_unused_recurring_fee as reservation_net_unused_recurring_cost,
        reservation_unused_quantity,
        reservation_total_reserved_units as reservation_total_quantity,
        {{ told_columns(format) }} as told_columns
    from {{ source('raw', format) }}
{% endmacro %}
