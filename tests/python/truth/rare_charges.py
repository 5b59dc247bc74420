"""Sound bills of charges that come seldom: refunds, support, taxes, credits, roundings, commitments that nothing names.

Belongs here: the bills, a folder and a format each. What has to come of them is asked in `test_conformance.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.python.landing import gcp_lines as gcp
from tests.python.landing.azure_world import LINE as AZURE_LINE
from tests.python.landing.azure_world import ORDER, azure_run
from tests.python.landing.world import write_csv

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = {
    "aws": "aws_cur2",
    "aws_few": "aws_cur2",
    "azure": "azure_cost",
    "gcp": "gcp_billing",
    "gcp_focus": "focus",
    "oci": "oci_cost",
}
"""Format by source, which is the name of the folder too."""

_PLAN = "arn:aws:savingsplans::012345678901:savingsplan/aaaa"
_TYPE = "line_item_line_item_type"
_AWS = {
    "identity_time_interval": "2026-08-03T00:00:00Z/2026-08-03T01:00:00Z",
    "bill_payer_account_id": "012345678901",
    "bill_payer_account_name": "Payer",
    "bill_billing_period_start_date": "2026-08-01 00:00:00",
    "bill_billing_period_end_date": "2026-09-01 00:00:00",
    "line_item_usage_account_id": "000000000077",
    "line_item_usage_account_name": "Shop",
    _TYPE: "Usage",
    "line_item_usage_start_date": "2026-08-03 00:00:00",
    "line_item_usage_end_date": "2026-08-03 01:00:00",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "BoxUsage:m5.large",
    "line_item_resource_id": "i-1",
    "line_item_line_item_description": "m5.large",
    "line_item_currency_code": "USD",
    "line_item_usage_amount": "1",
    "line_item_unblended_rate": "0.1",
    "line_item_unblended_cost": "0.1",
    "product_sku": "SKU1",
    "product_product_family": "Compute Instance",
    "pricing_rate_code": "SKU1.JRT.6YS",
    "pricing_unit": "Hrs",
    "pricing_public_on_demand_rate": "0.1",
    "pricing_public_on_demand_cost": "0.1",
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "reservation_effective_cost": "",
}
_NO_PRICE = dict.fromkeys(
    (
        "line_item_unblended_rate",
        "product_sku",
        "product_product_family",
        "pricing_rate_code",
        "pricing_unit",
        "pricing_public_on_demand_rate",
        "pricing_public_on_demand_cost",
    ),
    "",
)
_REFUND = {
    _TYPE: "Refund",
    "line_item_product_code": "ComputeSavingsPlans",
    "line_item_line_item_description": "Refund for one-time fee for Savings Plan ID: aaaa",
    "line_item_resource_id": _PLAN,
    "product_product_family": "ComputeSavingsPlans",
    "line_item_unblended_cost": "-100",
    "line_item_unblended_rate": "",
    "pricing_public_on_demand_rate": "",
    "pricing_public_on_demand_cost": "",
}
_NOTHING = {"line_item_unblended_cost": "0", "line_item_unblended_rate": "0"}
_USED_UP = {"line_item_unblended_cost": "0", "line_item_usage_amount": "5", "line_item_unblended_rate": "0"}
_AWS_LINES: list[dict[str, str]] = [
    *({"line_item_resource_id": f"i-{number}"} for number in range(10, 40)),
    _REFUND,
    {_TYPE: "Refund", "line_item_unblended_cost": "-3", "line_item_usage_amount": "-4"},
    {_TYPE: "Fee", "line_item_product_code": "AWSSupportEnterprise", "line_item_unblended_cost": "15000", **_NO_PRICE},
    {_TYPE: "Tax", "line_item_unblended_cost": "7"},
    {_TYPE: "Credit", "line_item_unblended_cost": "-5"},
    {_TYPE: "EdpDiscount", "line_item_unblended_cost": "-0.7", "line_item_unblended_rate": "-0.7"},
    {_TYPE: "BundledDiscount", "line_item_unblended_cost": "-0.7", "line_item_usage_amount": ""},
    {_TYPE: "RIFee", "line_item_unblended_cost": "20", "line_item_resource_id": "arn:aws:rds:ri"},
    {_TYPE: "SavingsPlanUpfrontFee", "savings_plan_savings_plan_a_r_n": _PLAN, "line_item_unblended_cost": "100"},
    {"line_item_unblended_cost": "0.5", "line_item_usage_amount": "0.000000000001"},
    {"line_item_unblended_cost": "-0", "line_item_usage_amount": "1E-3"},
    _USED_UP,
    {"bill_payer_account_id": ""},
    {"line_item_usage_account_id": "", "line_item_usage_account_name": "Nobody"},
]
_CHOSEN = [
    name for name in _AWS if not name.startswith(("product_", "pricing_p", "pricing_r", "savings_plan_savings_plan_a"))
]
"""Columns of an export that leaves out what names commitments, products and prices."""
_FEW_LINES = [
    {},
    {_TYPE: "DiscountedUsage", "reservation_effective_cost": "0.05", **_NOTHING},
    {_TYPE: "SavingsPlanCoveredUsage", "savings_plan_savings_plan_effective_cost": "0.05"},
    {_TYPE: "SavingsPlanNegation", "line_item_unblended_cost": "-0.1"},
    {_TYPE: "SavingsPlanRecurringFee", "line_item_resource_id": _PLAN, "line_item_unblended_cost": "0.05"},
    {_TYPE: "RIFee", "line_item_resource_id": "arn:ri", "line_item_unblended_cost": "20"},
]

_AZURE = {
    **AZURE_LINE,
    "BillingAccountName": "Contoso",
    "SubscriptionName": "Prod",
    "MeterName": "D2",
    "ProductName": "VM D2",
    "ResourceName": "vm-1",
    "PartNumber": "AAA-1",
    "ProductId": "DZH1",
    "UnitPrice": "0.11",
    "EffectivePrice": "0.11",
    "PayGPrice": "0.12",
    "PricingCurrency": "USD",
    "CostInPricingCurrency": "2.64",
    "ExchangeRatePricingToBilling": "1",
    "PublisherType": "Azure",
    "Frequency": "UsageBased",
}
_NOBODYS = {"SubscriptionId": "", "SubscriptionName": "Unassigned", "ResourceId": ""}
_RESERVED = {"PricingModel": "Reservation", "ReservationId": "r-1", "benefitId": f"{ORDER}/r-1"}
_SAVED = {"PricingModel": "SavingsPlan"}
_ROUNDED = _NOBODYS | {"ChargeType": "RoundingAdjustment", "MeterId": "", "ProductId": "", "Quantity": "0"}
_REFUNDED = {"ChargeType": "Refund", "CostInBillingCurrency": "-1", "Quantity": "-10"}
_ACTUAL: list[dict[str, str]] = [
    {},
    _NOBODYS | _RESERVED | {"ChargeType": "Purchase", "Frequency": "OneTime", "UnitPrice": "70", "PayGPrice": "0"},
    _NOBODYS | _RESERVED | {"ChargeType": "Refund", "CostInBillingCurrency": "-7", "Quantity": "-1"},
    _REFUNDED,
    _ROUNDED,
    {"ChargeType": "Adjustment"},
    {"ChargeType": "Tax"},
    {"ChargeType": "Credit", "CostInBillingCurrency": "-3"},
    {"ChargeType": "Purchase", "PublisherType": "Marketplace", "UnitPrice": "0", "PayGPrice": "0", "Quantity": "1"},
    {"UnitPrice": "0.0000000001", "PayGPrice": "0.0000000001", "Quantity": "10000"},
    {"PricingCurrency": "EUR", "ExchangeRatePricingToBilling": ""},
    {"PricingCurrency": ""},
    _RESERVED | {"CostInBillingCurrency": "0"},
    _SAVED | {"CostInBillingCurrency": "0"},
]
_AMORTIZED: list[dict[str, str]] = [
    {},
    _REFUNDED,
    _ROUNDED,
    _RESERVED | {"CostInBillingCurrency": "1.7"},
    _SAVED | {"CostInBillingCurrency": "1.2"},
    _NOBODYS | _RESERVED | {"ChargeType": "UnusedReservation", "CostInBillingCurrency": "0.3"},
    _SAVED | {"ChargeType": "UnusedSavingsPlan", "CostInBillingCurrency": "0.3"},
]

_PRICE = {"effective_price": 0.5, "tier_start_amount": 0, "unit": "hour", "list_price": 0.6}
_CORRECTED = {"mode": "COMPLETE_NEGATION", "description": "x", "type": "USAGE_CORRECTION"}
_FORGIVEN = {"mode": "MANUAL_ADJUSTMENT", "description": "sorry", "type": "GOODWILL"}
_OLD_FEE = {"id": "cf", "description": "Commitment v1: N2 Core in Americas for 1 Year"}
_NEW_FEE = {"id": "ff", "description": "Flexible CUD fee"}
_FLEXIBLE = {"id": "m", "description": "Flexible CUD 1 year"}
_FEE_USAGE = {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 5.0, "pricing_unit": "hour"}


def _credit(amount: float, kind: str) -> dict[str, Any]:
    return {"credits": [{"name": kind, "amount": amount, "full_name": kind, "id": kind, "type": kind}]}


_GCP_LINES: list[dict[str, Any]] = [
    {},
    {"cost_type": "tax", "project": None},
    {"cost_type": "rounding_error", "project": None, "cost": 0.003},
    {"cost_type": "adjustment", "cost": -3, "adjustment_info": _FORGIVEN},
    {"cost_type": "adjustment", "cost": -3, "adjustment_info": _CORRECTED},
    {"cost": -2},
    _credit(-1.25, "PROMOTION"),
    _credit(-1.25, "COMMITTED_USAGE_DISCOUNT"),
    _credit(-0.5, "COMMITTED_USAGE_DISCOUNT"),
    _credit(-0.2, "RESELLER_MARGIN"),
    {"sku": _OLD_FEE, "cost": 10},
    {"sku": _NEW_FEE, "cost": 5, "usage": _FEE_USAGE} | _credit(-5, "FEE_UTILIZATION_OFFSET"),
    {"sku": _OLD_FEE, "cost": -10},
    {"sku": _OLD_FEE, "cost": -10, "cost_type": "adjustment", "adjustment_info": _CORRECTED},
    {"consumption_model": _FLEXIBLE},
    {"consumption_model": _FLEXIBLE, "cost_type": "adjustment", "cost": -3, "adjustment_info": _FORGIVEN},
    {"cost_type": "adjustment", "adjustment_info": _FORGIVEN} | _credit(-1.25, "COMMITTED_USAGE_DISCOUNT"),
    {"project": {"id": None, "number": None, "name": "Orphan", "labels": []}},
    {"usage": None, "price": None, "seller_name": "Elastic NV"},
]


_UNPRICED = (
    "ConsumedQuantity ConsumedUnit ContractedUnitPrice ListUnitPrice PricingCategory PricingQuantity PricingUnit SkuId "
    "SkuPriceId SkuMeter"
)
_PREVIEW = {"x_SubscriptionInstanceId": "", "x_ConsumptionModelDescription": "", "x_Credits": ""}
_PREVIEW_LINES = [
    {},
    {"x_SubscriptionInstanceId": "subscriptions/1", "x_ConsumptionModelDescription": "Compute Flexible CUDs 1 Year"},
    {"x_SubscriptionInstanceId": "subscriptions/1", "x_Credits": '[{"type": "FEE_UTILIZATION_OFFSET"}]'},
]
_BOUGHT = _PREVIEW_LINES[2] | {"ChargeCategory": "Purchase", "ConsumedQuantity": "", "ConsumedUnit": ""}
_PREVIEW_LINES += [_BOUGHT, _BOUGHT | {"EffectiveCost": "0"}]
_PREVIEW_LINES.append(_PREVIEW_LINES[1] | dict.fromkeys(_UNPRICED.split(), "") | {"ChargeCategory": "Adjustment"})

_ORACLE = {
    "lineItem/tenantId": "ocid1.tenancy.oc1..t",
    "lineItem/intervalUsageStart": "2026-08-03T00:00Z",
    "lineItem/intervalUsageEnd": "2026-08-03T01:00Z",
    "lineItem/isCorrection": "false",
    "product/service": "COMPUTE",
    "product/Description": "Standard - E4",
    "product/region": "us-ashburn-1",
    "product/resourceId": "ocid1.instance.oc1..x",
    "usage/billedQuantity": "1",
    "cost/subscriptionId": "s-1",
    "cost/productSku": "B1",
    "cost/unitPrice": "1",
    "cost/unitPriceOverage": "",
    "cost/overageFlag": "N",
    "cost/myCost": "1",
    "cost/currencyCode": "USD",
    "cost/billingUnitReadable": "1 OCPU HOURS",
    "cost/skuUnitDescription": "OCPU Hours",
}
_ORACLE_LINES: list[dict[str, str]] = [
    {},
    {"lineItem/isCorrection": "true", "cost/myCost": "-1", "usage/billedQuantity": "-1"},
    {"cost/overageFlag": "Y", "cost/unitPriceOverage": "2", "cost/myCost": "2"},
    {"product/service": "", "product/resourceId": "", "product/region": ""},
    {"cost/productSku": "", "cost/billingUnitReadable": ""},
    {"usage/billedQuantity": "", "cost/unitPrice": ""},
    {"cost/subscriptionId": "", "product/Description": "", "cost/skuUnitDescription": ""},
]


def write(root: Path, focus: dict[str, str]) -> None:
    """Write the bill of each of `FORMATS` into its folder; `focus` is a sound line of FOCUS."""
    aws = [{**_AWS, "identity_line_item_id": f"l-{number}", **line} for number, line in enumerate(_AWS_LINES)]
    write_csv(root / "aws" / "bill.csv", aws)
    few = [_AWS | line for line in _FEW_LINES]
    write_csv(root / "aws_few" / "bill.csv", [{name: line[name] for name in _CHOSEN} for line in few])
    for kind, lines in (("ActualCost", _ACTUAL), ("AmortizedCost", _AMORTIZED)):
        azure_run(root / "azure", [_AZURE | line for line in lines], kind=kind, export=kind.lower())
    oracle = [_ORACLE | {"lineItem/referenceNo": str(place)} | line for place, line in enumerate(_ORACLE_LINES)]
    write_csv(root / "oci" / "reports_cost.csv", oracle)
    plain = {"resource": {"name": "vm-1", "global_name": "//compute/vm-1"}, "price": _PRICE, "cost_at_list": 1.5}
    google = focus | dict.fromkeys(("ProviderName", "PublisherName", "InvoiceIssuerName"), "Google Cloud") | _PREVIEW
    write_csv(root / "gcp_focus" / "bill.csv", [google | line for line in _PREVIEW_LINES])
    gcp.write_json(root / "gcp" / "bill.jsonl", [gcp.line(**(plain | line)) for line in _GCP_LINES])
