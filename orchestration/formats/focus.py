"""FOCUS Cost and Usage: the 67 columns that any of the versions 1.0 to 1.4 has, and how to tell the version.

ProviderName and PublisherName were dropped in 1.4 and are kept here, since most exports still write them. What a
provider adds of its own (`x_...`, `oci_...`) is kept together in one map. Dialects are only names here; what Oracle
means by them is told in `int_focus_export_to_focus`.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Format, name_key

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

_KINDS = {"text": _TEXT, "timestamp": _TIMESTAMP, "map": "Tags x_provider_columns", "decimal": _DECIMAL}

# Names of 1.0-preview, which Oracle's reports still write.
_PREVIEW_NAMES = {
    "InvoiceIssuer": "InvoiceIssuerName",
    "Provider": "ProviderName",
    "Publisher": "PublisherName",
    "Region": "RegionId",
    "UsageQuantity": "ConsumedQuantity",
    "UsageUnit": "ConsumedUnit",
}
# Google's preview of FOCUS has no Tags; labels of the resource are what is nearest to them. Azure's 1.0 has what 1.1
# and 1.2 brought under names of its own.
_AZURE_NAMES = {"x_InvoiceId": "InvoiceId", "x_PricingCurrency": "PricingCurrency", "x_SkuMeterName": "SkuMeter"}
_ALIASES = {**_PREVIEW_NAMES, **_AZURE_NAMES, "x_Labels": "Tags"}

# Newest first: what a version brought, which no older one has.
_NEW_IN = {
    "1.4": "CommitmentProgramEligibilityDetails InvoiceDetailId",
    "1.3": """AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags
        ContractApplied HostProviderName ServiceProviderName""",
    "1.2": """BillingAccountType InvoiceId PricingCurrency PricingCurrencyContractedUnitPrice
        PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice SubAccountType""",
    "1.1": """CapacityReservationId CapacityReservationStatus CommitmentDiscountQuantity CommitmentDiscountUnit
        ServiceSubcategory SkuMeter SkuPriceDetails""",
}
_PREVIEW = {*_PREVIEW_NAMES, "ChargeSubcategory"}
# Azure had these before the specification did: beside a column of Azure's own they tell no version.
_AZURE_MARK, _AZURE_EARLY = "x_SkuMeterCategory", ("BillingAccountType", "SubAccountType")


def version_of(delivered: list[str]) -> str:
    """Tell the FOCUS version that a header follows: the oldest that has all of its columns.

    Names of 1.0-preview win, since Oracle adds columns of newer versions to them as empty places. A header that drops
    the provider and publisher, which 1.3 still demands, is 1.4.
    """
    names = {name_key(name) for name in delivered}
    if {name_key(name) for name in _PREVIEW} & names:
        return "1.0-preview"
    if name_key(_AZURE_MARK) in names:
        names -= {name_key(name) for name in _AZURE_EARLY}
    for version, columns in _NEW_IN.items():
        if {name_key(name) for name in columns.split()} & names:
            dropped = version == "1.3" and not {"providername", "publishername"} & names
            return "1.4" if dropped else version
    return "1.0"


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


def _looks_like(names: list[str]) -> bool:
    keys = {name_key(name) for name in names}
    return {"billedcost", "chargeperiodstart"} <= keys or len(keys & set(FOCUS.by_key)) >= 10


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
    looks_like=_looks_like,
    aliases=_ALIASES,
    rest_column="x_provider_columns",
    month_first_column="BillingPeriodStart",
    line_ids=("oci_ReferenceNumber", "x_oci_ReferenceNumber"),
    version_of=version_of,
)
