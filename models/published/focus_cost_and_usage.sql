-- FOCUS writes its column names in PascalCase.
-- noqa: disable=CP02
-- Line level under the specification's own column names; `x_` is what FOCUS has no word for. A closed month shows the
-- lines that it was closed with; what came later stands in the same file, as one line per day and change, with
-- ChargeClass Correction and the month that posts it.
with lines as (

    select
        {{ all_but(['told_columns']) }} replace ({{ tags_text('tags') }} as tags),
        billing_month as posted_month
    from {{ ref('int_focus_lines') }}
    union all
    select * from {{ ref('int_late_lines') }}

)

select
    allocated_method_details as AllocatedMethodDetails,
    allocated_method_id as AllocatedMethodId,
    allocated_resource_id as AllocatedResourceId,
    allocated_resource_name as AllocatedResourceName,
    allocated_tags as AllocatedTags,
    availability_zone as AvailabilityZone,
    billed_cost as BilledCost,
    billing_account_id as BillingAccountId,
    billing_account_name as BillingAccountName,
    billing_account_type as BillingAccountType,
    billing_currency as BillingCurrency,
    billing_period_end as BillingPeriodEnd,
    billing_period_start as BillingPeriodStart,
    capacity_reservation_id as CapacityReservationId,
    capacity_reservation_status as CapacityReservationStatus,
    charge_category as ChargeCategory,
    charge_class as ChargeClass,
    charge_description as ChargeDescription,
    charge_frequency as ChargeFrequency,
    charge_period_end as ChargePeriodEnd,
    charge_period_start as ChargePeriodStart,
    commitment_discount_category as CommitmentDiscountCategory,
    commitment_discount_id as CommitmentDiscountId,
    commitment_discount_name as CommitmentDiscountName,
    commitment_discount_quantity as CommitmentDiscountQuantity,
    commitment_discount_status as CommitmentDiscountStatus,
    commitment_discount_type as CommitmentDiscountType,
    commitment_discount_unit as CommitmentDiscountUnit,
    commitment_program_eligibility_details as CommitmentProgramEligibilityDetails,
    consumed_quantity as ConsumedQuantity,
    consumed_unit as ConsumedUnit,
    contract_applied as ContractApplied,
    contracted_cost as ContractedCost,
    contracted_unit_price as ContractedUnitPrice,
    effective_cost as EffectiveCost,
    host_provider_name as HostProviderName,
    invoice_detail_id as InvoiceDetailId,
    invoice_id as InvoiceId,
    invoice_issuer_name as InvoiceIssuerName,
    list_cost as ListCost,
    list_unit_price as ListUnitPrice,
    pricing_category as PricingCategory,
    pricing_currency as PricingCurrency,
    pricing_currency_contracted_unit_price as PricingCurrencyContractedUnitPrice,
    pricing_currency_effective_cost as PricingCurrencyEffectiveCost,
    pricing_currency_list_unit_price as PricingCurrencyListUnitPrice,
    pricing_quantity as PricingQuantity,
    pricing_unit as PricingUnit,
    region_id as RegionId,
    region_name as RegionName,
    resource_id as ResourceId,
    resource_name as ResourceName,
    resource_type as ResourceType,
    service_category as ServiceCategory,
    service_name as ServiceName,
    service_provider_name as ServiceProviderName,
    service_subcategory as ServiceSubcategory,
    sku_id as SkuId,
    sku_meter as SkuMeter,
    sku_price_details as SkuPriceDetails,
    sku_price_id as SkuPriceId,
    sub_account_id as SubAccountId,
    sub_account_name as SubAccountName,
    sub_account_type as SubAccountType,
    tags as Tags, -- noqa: AL09
    source_name as x_source_name,
    delivery_id as x_delivery_id,
    billing_month as x_billing_month,
    posted_month as x_posted_month,
    line_item_type as x_line_item_type,
    row_origin as x_row_origin,
    gross_effective_cost as x_gross_effective_cost,
    contracted_cost_source as x_contracted_cost_source,
    effective_cost_source as x_effective_cost_source,
    derived_columns as x_derived_columns,
    publisher_name as x_publisher_name
from lines
