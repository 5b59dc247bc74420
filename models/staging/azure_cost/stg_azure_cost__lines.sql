-- Azure's column names in the spelling of enterprise agreements; landing brings all other spellings to it.
-- noqa: disable=CP02
select
    source_name,
    billing_month,
    delivery_id,
    dataset,

    -- who and when
    BillingAccountId as billing_account_id,
    BillingAccountName as billing_account_name,
    BillingProfileId as billing_profile_id,
    BillingProfileName as billing_profile_name,
    cast(BillingPeriodStartDate as date) as billing_period_start_date,
    cast(BillingPeriodEndDate as date) as billing_period_end_date,
    InvoiceId as invoice_id,
    SubscriptionId as sub_account_id,
    SubscriptionName as sub_account_name,
    cast(Date as date) as usage_date,

    -- what
    ChargeType as charge_type,
    PricingModel as pricing_model,
    frequency,
    PublisherType as publisher_type,
    PublisherName as publisher_name,
    ResellerName as reseller_name,
    ProductName as product_name,
    ProductId as product_id,
    PartNumber as part_number,
    MeterId as meter_id,
    MeterName as meter_name,
    MeterCategory as meter_category,
    ConsumedService as consumed_service,
    ResourceId as resource_id,
    ResourceName as resource_name,
    ResourceType as resource_type,
    coalesce(ResourceLocationNormalized, ResourceLocation, Location) as resource_location,
    AvailabilityZone as availability_zone,
    AdditionalInfo as additional_info,
    tags,
    CostAllocationRuleName as cost_allocation_rule_name,
    OfferId as offer_id,

    -- commitments
    BenefitId as benefit_id,
    BenefitName as benefit_name,
    ReservationId as reservation_id,
    ReservationName as reservation_name,
    ProductOrderId as product_order_id,
    term,

    -- quantities and prices
    quantity,
    UnitOfMeasure as unit_of_measure,
    UnitPrice as unit_price,
    EffectivePrice as effective_unit_price,
    PayGPrice as payg_unit_price,
    PricingCurrency as pricing_currency,
    ExchangeRatePricingToBilling as pricing_exchange_rate,

    -- money
    BillingCurrency as billing_currency,
    CostInBillingCurrency as cost,
    CostInPricingCurrency as pricing_currency_cost,
    PaygCostInBillingCurrency as payg_cost,
    {{ told_columns('azure_cost') }} as told_columns
from {{ source('raw', 'azure_cost') }}
