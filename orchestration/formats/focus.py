"""FOCUS Cost and Usage: the 67 columns that any of the versions 1.0 to 1.4 has.

ProviderName and PublisherName were dropped in 1.4 and are kept here, since most exports still write them.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Format

_TEXT = """
AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags AvailabilityZone
BillingAccountId BillingAccountName BillingAccountType BillingCurrency CapacityReservationId CapacityReservationStatus
ChargeCategory ChargeClass ChargeDescription ChargeFrequency CommitmentDiscountCategory CommitmentDiscountId
CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit
CommitmentProgramEligibilityDetails ConsumedUnit ContractApplied HostProviderName InvoiceDetailId InvoiceId
InvoiceIssuerName PricingCategory PricingCurrency PricingUnit ProviderName PublisherName RegionId RegionName
ResourceId ResourceName ResourceType ServiceCategory ServiceName ServiceProviderName ServiceSubcategory SkuId SkuMeter
SkuPriceDetails SkuPriceId SubAccountId SubAccountName SubAccountType
"""

_DECIMAL = """
BilledCost CommitmentDiscountQuantity ConsumedQuantity ContractedCost ContractedUnitPrice EffectiveCost ListCost
ListUnitPrice PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice
PricingQuantity
"""

_TIMESTAMP = "BillingPeriodEnd BillingPeriodStart ChargePeriodEnd ChargePeriodStart"

_KINDS = {"text": _TEXT, "timestamp": _TIMESTAMP, "map": "Tags", "decimal": _DECIMAL}

# FOCUS has no line id: what a line says is all there is to tell it from another.
_CONTENT = (
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "SubAccountId",
    "ServiceName",
    "SkuPriceId",
    "ResourceId",
    "ChargeDescription",
    "BilledCost",
    "EffectiveCost",
    "PricingQuantity",
)

FOCUS = Format(
    name="focus",
    title="FOCUS Cost and Usage",
    columns=tuple(
        sorted(
            (Column(name, kind) for kind, names in _KINDS.items() for name in names.split()),
            key=lambda column: column.name,
        )
    ),
    required=(
        "BilledCost",
        "EffectiveCost",
        "BillingCurrency",
        "BillingPeriodStart",
        "ChargePeriodStart",
        "ChargeCategory",
        "BillingAccountId",
    ),
    cost_column="BilledCost",
    currency_column="BillingCurrency",
    period_column="BillingPeriodStart",
    charge_column="ChargePeriodStart",
    account_column="BillingAccountId",
    service_column="ServiceName",
    identity_columns=_CONTENT,
    content_columns=_CONTENT,
    line_type_column="ChargeCategory",
    always_filled=("BilledCost", "EffectiveCost", "ChargePeriodStart", "ChargeCategory"),
)
