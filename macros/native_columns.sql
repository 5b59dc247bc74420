{#- FOCUS columns of which requirements ask that they are filled: by format, the native columns that tell them. Written
    from seeds/reference/focus_gaps.csv by `python -m orchestration.formats.native_columns`. -#}
{% macro native_columns() -%}
    {{ return({
        'billing_account_id': {
            'aws_cur2': ['bill_payer_account_id'],
            'aws_cur_legacy': ['bill_payer_account_id'],
            'azure_cost': ['BillingAccountId', 'BillingProfileId'],
            'gcp_billing': ['billing_account_id'],
            'oci_cost': ['cost_subscription_id', 'line_item_tenant_id'],
        },
        'billing_account_name': {
            'aws_cur2': ['bill_payer_account_name'],
            'aws_cur_legacy': ['bill_payer_account_name'],
            'azure_cost': ['BillingAccountName'],
        },
        'billing_period_end': {
            'aws_cur2': ['bill_billing_period_end_date'],
            'aws_cur_legacy': ['bill_billing_period_end_date'],
        },
        'billing_period_start': {
            'azure_cost': ['BillingPeriodStartDate'],
        },
        'capacity_reservation_id': {
            'aws_cur2': ['capacity_reservation_capacity_reservation_arn'],
            'aws_cur_legacy': ['capacity_reservation_capacity_reservation_arn'],
        },
        'capacity_reservation_status': {
            'aws_cur2': ['capacity_reservation_capacity_reservation_status'],
            'aws_cur_legacy': ['capacity_reservation_capacity_reservation_status'],
        },
        'charge_description': {
            'aws_cur2': ['line_item_line_item_description'],
            'aws_cur_legacy': ['line_item_line_item_description'],
            'azure_cost': ['ProductName'],
            'gcp_billing': ['sku_description'],
            'oci_cost': ['product_description'],
        },
        'charge_period_end': {
            'aws_cur2': ['line_item_usage_end_date'],
            'aws_cur_legacy': ['line_item_usage_end_date'],
            'gcp_billing': ['usage_end_time'],
        },
        'commitment_discount_quantity': {
            'gcp_billing': ['usage_amount_in_pricing_units'],
        },
        'commitment_discount_unit': {
            'gcp_billing': ['usage_pricing_unit'],
        },
        'consumed_quantity': {
            'aws_cur2': ['line_item_usage_amount'],
            'aws_cur_legacy': ['line_item_usage_amount'],
            'azure_cost': ['Quantity'],
            'gcp_billing': ['usage_amount'],
            'oci_cost': ['usage_billed_quantity'],
        },
        'consumed_unit': {
            'aws_cur2': ['pricing_unit'],
            'aws_cur_legacy': ['pricing_unit'],
            'azure_cost': ['UnitOfMeasure'],
            'gcp_billing': ['usage_unit'],
            'oci_cost': ['cost_sku_unit_description'],
        },
        'contracted_unit_price': {
            'aws_cur2': ['line_item_unblended_rate'],
            'aws_cur_legacy': ['line_item_unblended_rate'],
            'azure_cost': ['nullif(UnitPrice, 0)'],
            'gcp_billing': ['price_effective_price'],
            'oci_cost': ['cost_unit_price'],
        },
        'list_unit_price': {
            'aws_cur2': ['pricing_public_on_demand_rate'],
            'aws_cur_legacy': ['pricing_public_on_demand_rate'],
            'azure_cost': ['nullif(PayGPrice, 0)'],
            'gcp_billing': ['price_list_price'],
        },
        'pricing_currency': {
            'azure_cost': ['PricingCurrency'],
        },
        'pricing_currency_contracted_unit_price': {
            'azure_cost': ['nullif(UnitPrice, 0)'],
        },
        'pricing_currency_effective_cost': {
            'azure_cost': ['CostInPricingCurrency'],
        },
        'pricing_currency_list_unit_price': {
            'azure_cost': ['nullif(PayGPrice, 0)'],
        },
        'pricing_quantity': {
            'aws_cur2': ['line_item_usage_amount'],
            'aws_cur_legacy': ['line_item_usage_amount'],
            'azure_cost': ['Quantity'],
            'gcp_billing': ['usage_amount_in_pricing_units'],
            'oci_cost': ['usage_billed_quantity'],
        },
        'pricing_unit': {
            'aws_cur2': ['pricing_unit'],
            'aws_cur_legacy': ['pricing_unit'],
            'azure_cost': ['UnitOfMeasure'],
            'gcp_billing': ['usage_pricing_unit'],
            'oci_cost': ['cost_sku_unit_description'],
        },
        'resource_type': {
            'aws_cur2': ['product_product_family'],
            'aws_cur_legacy': ['product_product_family'],
            'azure_cost': ['ResourceType'],
        },
        'service_name': {
            'aws_cur2': ['line_item_product_code'],
            'aws_cur_legacy': ['line_item_product_code'],
            'gcp_billing': ['service_description'],
            'oci_cost': ['product_service'],
        },
        'sku_id': {
            'aws_cur2': ['product_sku'],
            'aws_cur_legacy': ['product_sku'],
            'azure_cost': ['MeterId', 'ProductId'],
            'gcp_billing': ['sku_id'],
            'oci_cost': ['cost_product_sku'],
        },
        'sku_meter': {
            'aws_cur2': ['line_item_usage_type'],
            'aws_cur_legacy': ['line_item_usage_type'],
            'azure_cost': ['MeterName'],
            'gcp_billing': ['sku_description'],
            'oci_cost': ['cost_billing_unit_readable'],
        },
        'sku_price_id': {
            'aws_cur2': ['pricing_rate_code'],
            'aws_cur_legacy': ['pricing_rate_code'],
            'azure_cost': ['PartNumber'],
            'gcp_billing': ['price_tier_start_amount'],
        },
        'sub_account_name': {
            'aws_cur2': ['line_item_usage_account_name'],
            'aws_cur_legacy': ['line_item_usage_account_name'],
            'azure_cost': ['SubscriptionName'],
            'gcp_billing': ['project_name'],
        },
    }) }}
{%- endmacro %}
