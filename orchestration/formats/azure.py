"""Azure Cost Management: cost exports of enterprise and customer agreements, and the older ones, under one schema.

Actual and amortized cost have the same header; which of the two a file holds is its dataset. Only names, kinds and the
parts that columns play; the folder layout is in `landing/layouts/azure.py`.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Dataset, Format, LineKind, name_key

_TEXT = """
AccountId AccountName AccountOwnerId AdditionalInfo AvailabilityZone BenefitId BenefitName BillingAccountId
BillingAccountName BillingCurrency BillingProfileId BillingProfileName ChargeType ConsumedService CostAllocationRuleName
CostCenter Frequency InvoiceId InvoiceSectionId InvoiceSectionName IsAzureCreditEligible Location MeterCategory MeterId
MeterName MeterRegion MeterSubCategory OfferId PartNumber PlanName PreviousInvoiceId PricingCurrency PricingModel
ProductId ProductName ProductOrderId ProductOrderName Provider PublisherId PublisherName PublisherType ReservationId
ReservationName ResellerMpnId ResellerName ResourceGroup ResourceId ResourceLocation ResourceLocationNormalized
ResourceName ResourceType ServiceFamily ServiceInfo1 ServiceInfo2 ServiceName ServiceTier SubscriptionId
SubscriptionName Term UnitOfMeasure
"""

_RATE = "EffectivePrice ExchangeRatePricingToBilling PayGPrice UnitPrice"

_DECIMAL = """
CostInBillingCurrency CostInPricingCurrency CostInUsd PaygCostInBillingCurrency PaygCostInUsd Quantity
"""

_TIMESTAMP = """
BillingPeriodEndDate BillingPeriodStartDate Date ExchangeRateDate ServicePeriodEndDate ServicePeriodStartDate
"""

_KINDS = {"text": _TEXT, "rate": _RATE, "decimal": _DECIMAL, "timestamp": _TIMESTAMP, "map": "Tags"}

# Other spellings of a column, by agreement, export version and age; where a file has several, the first one counts.
_SPELLINGS = {
    "BillingCurrency": "BillingCurrencyCode Currency CurrencyCode",
    "CostInBillingCurrency": "Cost PreTaxCost ExtendedCost",
    "Date": "UsageDateTime UsageDate",
    "EffectivePrice": "ResourceRate",
    "ExchangeRatePricingToBilling": "ExchangeRate",
    "InvoiceSectionId": "DepartmentId",
    "InvoiceSectionName": "InvoiceSection DepartmentName",
    "PayGPrice": "PayAsYouGoPrice MarketPrice",
    "PricingCurrency": "PricingCurrencyCode",
    "ProductName": "Product",
    "Quantity": "UsageQuantity ConsumedQuantity",
    "ResourceGroup": "ResourceGroupName",
    "ResourceId": "InstanceId InstanceName",
    "SubscriptionId": "SubscriptionGuid",
}

# A line has no id: what it says is all there is to tell it from another.
_CONTENT = (
    "Date",
    "SubscriptionId",
    "MeterId",
    "ResourceId",
    "ChargeType",
    "ProductName",
    "ReservationId",
    "AdditionalInfo",
    "CostInBillingCurrency",
    "Quantity",
    "EffectivePrice",
)

ACTUAL, AMORTIZED = "actual", "amortized"


def dataset_of_lines(kinds: set[LineKind]) -> tuple[str | None, bool]:
    """Tell actual from amortized cost by the lines alone, and whether that is sure; None where they do not tell.

    Only actual cost has purchases of commitments, only amortized cost has what was left unused. Usage that a commitment
    covers costs nothing in the one and its share of the price in the other, with exceptions. ValueError if a file has
    the lines of both.
    """
    committed = {(kind.line_type.lower().replace(" ", ""), kind.has_cost) for kind in kinds if kind.is_committed}
    is_bought = any(name in ("purchase", "refund") for name, _ in committed)
    is_unused = any(kind.line_type.lower().startswith("unused") for kind in kinds)
    if is_bought and is_unused:
        raise ValueError("has purchases of commitments as well as what was not used of them")
    if is_bought or is_unused:
        return (ACTUAL if is_bought else AMORTIZED), True
    if ("usage", True) in committed:
        return AMORTIZED, False
    return (ACTUAL if committed else None), False


def _looks_like(names: list[str]) -> bool:
    """Tell an export in any of its spellings by a cost beside a meter."""
    keys = {name_key(name) for name in names}
    costs = {name_key(name) for name in ("CostInBillingCurrency", *_SPELLINGS["CostInBillingCurrency"].split())}
    return "billedcost" not in keys and bool(keys & {"metercategory", "meterid"}) and bool(keys & costs)


AZURE_COST = Format(
    name="azure_cost",
    title="Azure Cost Management export",
    columns=tuple(
        sorted(
            (Column(name, kind) for kind, names in _KINDS.items() for name in names.split()),
            key=lambda column: column.name,
        )
    ),
    required=("CostInBillingCurrency", "BillingCurrency", "Date"),
    cost_column="CostInBillingCurrency",
    currency_column="BillingCurrency",
    period_column="BillingPeriodStartDate",
    charge_column="Date",
    account_column="BillingAccountId",
    service_column="MeterCategory",
    identity_columns=_CONTENT,
    content_columns=_CONTENT,
    line_type_column="ChargeType",
    always_filled=("CostInBillingCurrency", "Date"),
    looks_like=_looks_like,
    aliases={other: name for name, others in _SPELLINGS.items() for other in others.split()},
    fallbacks={"BillingPeriodStartDate": "Date", "BillingAccountId": "SubscriptionId"},
    datasets=(
        Dataset(
            ACTUAL,
            words=("actualcost", "actual"),
            if_missing="there is amortized cost, but no export of actual cost beside it: what was paid for "
            "reservations and savings plans is not known, so that the billed cost lacks it",
        ),
        Dataset(
            AMORTIZED,
            words=("amortizedcost", "amortized", "amortised"),
            if_missing="there is actual cost, but no export of amortized cost beside it: what reservations and savings "
            "plans cost where they were used, and how much of them was not used, is not known, so that the billed cost "
            "stands in for the effective cost",
        ),
    ),
    commitment_columns=("BenefitId", "ReservationId"),
    commitment_values={"PricingModel": ("reservation", "savingsplan", "savingsplans")},
    dataset_of_lines=dataset_of_lines,
)
