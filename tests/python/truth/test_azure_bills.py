"""Azure's FOCUS exports under their real headers, and lines that name no commitment: normalized, and conformant."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.landing import load_ledger
from orchestration.settings import Settings
from tests.python.landing.azure_world import ACTUAL, AMORTIZED, COVERED, UNUSED, azure_run

from . import worlds

_FOCUS = """
BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd BillingPeriodStart
ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart
CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType
ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice EffectiveCost InvoiceIssuerName ListCost ListUnitPrice
PricingCategory PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName ResourceId ResourceName
ResourceType ServiceCategory ServiceName SkuId SkuPriceId SubAccountId SubAccountName SubAccountType Tags
"""
_NEW_IN_1_2 = """
CapacityReservationId CapacityReservationStatus CommitmentDiscountQuantity CommitmentDiscountUnit InvoiceId
PricingCurrency ServiceSubcategory SkuMeter SkuPriceDetails
"""
_AZURES = """
x_AccountId x_AccountName x_AccountOwnerId x_BilledCostInUsd x_BilledUnitPrice x_BillingAccountId x_BillingAccountName
x_BillingExchangeRate x_BillingExchangeRateDate x_BillingProfileId x_BillingProfileName x_ContractedCostInUsd
x_CostAllocationRuleName x_CostCenter x_CustomerId x_CustomerName x_EffectiveCostInUsd x_EffectiveUnitPrice
x_InvoiceIssuerId x_InvoiceSectionId x_InvoiceSectionName x_ListCostInUsd x_PartnerCreditApplied x_PartnerCreditRate
x_PricingBlockSize x_PricingSubcategory x_PricingUnitDescription x_PublisherCategory x_PublisherId x_ResellerId
x_ResellerName x_ResourceGroupName x_ResourceType x_ServicePeriodEnd x_ServicePeriodStart x_SkuDescription x_SkuDetails
x_SkuIsCreditEligible x_SkuMeterCategory x_SkuMeterId x_SkuMeterSubcategory x_SkuOfferId x_SkuOrderId x_SkuOrderName
x_SkuPartNumber x_SkuRegion x_SkuServiceFamily x_SkuTerm x_SkuTier
"""
HEADERS = {
    "1.0r2": f"{_FOCUS} {_AZURES} x_InvoiceId x_PricingCurrency x_SkuMeterName".split(),
    "1.2-preview": f"{_FOCUS} {_NEW_IN_1_2} {_AZURES} x_AmortizationClass x_ServiceModel x_SkuPlanName".split(),
}
_RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/0a0a/reservations/r-1"
USED = {
    "BilledCost": "0",
    "BillingAccountId": "/providers/Microsoft.Billing/billingAccounts/8611537/billingProfiles/PROF-1",
    "BillingAccountName": "Main",
    "BillingAccountType": "Billing Profile",
    "BillingCurrency": "EUR",
    "BillingPeriodEnd": "2026-09-01T00:00Z",
    "BillingPeriodStart": "2026-08-01T00:00Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "Virtual Machines - B1s",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-08-04T00:00Z",
    "ChargePeriodStart": "2026-08-03T00:00Z",
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": _RESERVATION,
    "CommitmentDiscountName": "api",
    "CommitmentDiscountQuantity": "24",
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountType": "Reservation",
    "CommitmentDiscountUnit": "Hours",
    "ConsumedQuantity": "24",
    "ConsumedUnit": "Hours",
    "ContractedCost": "2.4",
    "ContractedUnitPrice": "0.1",
    "EffectiveCost": "1.2",
    "InvoiceId": "G001",
    "InvoiceIssuerName": "Microsoft",
    "ListCost": "2.88",
    "ListUnitPrice": "0.12",
    "PricingCategory": "Committed",
    "PricingCurrency": "USD",
    "PricingQuantity": "24",
    "PricingUnit": "Hours",
    "ProviderName": "Microsoft",
    "PublisherName": "Microsoft",
    "RegionId": "westeurope",
    "RegionName": "West Europe",
    "ResourceId": "/subscriptions/1caa/resourceGroups/rg/providers/microsoft.compute/virtualmachines/vm-1",
    "ResourceName": "vm-1",
    "ResourceType": "Virtual machine",
    "ServiceCategory": "Compute",
    "ServiceName": "Virtual Machines",
    "ServiceSubcategory": "Virtual Machines",
    "SkuId": "DZH318Z08MBM",
    "SkuMeter": "B1s",
    "SkuPriceDetails": '{"x_VCPUs":"1"}',
    "SkuPriceId": "DZH318Z08MBM_00AB",
    "SubAccountId": "/subscriptions/1caa",
    "SubAccountName": "shop",
    "SubAccountType": "Subscription",
    "Tags": '{"team":"search"}',
    "x_InvoiceId": "G001",
    "x_PricingCurrency": "USD",
    "x_SkuMeterName": "B1s",
    "x_SkuDetails": '{"VCPUs":"1"}',
    "x_BillingExchangeRate": "0.92",
    "x_ServicePeriodStart": "2026-08-01T00:00Z",
    "x_SkuTerm": "12",
}
_NOBODYS = dict.fromkeys(("ConsumedQuantity", "ConsumedUnit", "ResourceName", "ResourceType", "Tags"), "")
LEFT = USED | _NOBODYS | {"CommitmentDiscountStatus": "Unused", "EffectiveCost": "0.3", "ResourceId": _RESERVATION}
BOUGHT = LEFT | {
    "BilledCost": "70",
    "ChargeCategory": "Purchase",
    "ChargeFrequency": "One-Time",
    "CommitmentDiscountStatus": "",
    "EffectiveCost": "0",
    "PricingCategory": "Standard",
}
NAMELESS = {"ReservationId": "", "benefitId": ""}


def _export(root: Path, version: str) -> None:
    """Write a FOCUS export in Azure's layout; every column of Azure's own without a value gets one that tells it."""
    lines = [
        {name: line.get(name, f"{name} 1" if name.startswith("x_") else "") for name in HEADERS[version]}
        for line in (USED, LEFT, BOUGHT)
    ]
    azure_run(root, lines, kind="FocusCost", export="focus")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Land and build both FOCUS exports, and actual and amortized cost of which some lines name no commitment."""
    root = tmp_path_factory.mktemp("azure")
    for name, version in (("focus_10", "1.0r2"), ("focus_12", "1.2-preview")):
        _export(root / name, version)
    azure_run(root / "costs", ACTUAL, export="actual")
    nameless = [COVERED | NAMELESS | {"MeterId": "m-2", "CostInBillingCurrency": "5"}, UNUSED | NAMELESS]
    azure_run(root / "costs", [*AMORTIZED, *nameless], export="amortized", kind="AmortizedCost")
    sources = [("focus_10", "focus"), ("focus_12", "focus"), ("costs", "azure_cost")]
    listed = "".join(f"  - {{name: {name}, format: {fmt}, uri: {name}}}\n" for name, fmt in sources)
    (root / "sources.yml").write_text(f"sources:\n{listed}")
    settings = worlds.landed(root / "home", root / "sources.yml")
    wanted = (
        "--select",
        "+focus_conformance",
        "--exclude-resource-type",
        "unit_test",
        "--exclude-resource-type",
        "test",
    )
    outcome = worlds.run(settings, "build", "--full-refresh", *wanted)
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    return settings


def asked(settings: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("source", "version", "told"), [("focus_10", "1.0r2", "1.0"), ("focus_12", "1.2-preview", "1.2")]
)
def test_a_focus_export_of_azure_lands_whole(built: Settings, source: str, version: str, told: str) -> None:
    """Columns of FOCUS have their place; every other one is kept by its own name, with its value."""
    [delivery] = [item for item in load_ledger(built).deliveries if item.source_name == source]
    assert delivery.format_version == told, "the columns that Azure had before the specification tell no version"
    rows = asked(built, f"select x_provider_columns from finops_raw.focus where source_name = '{source}' limit 1")
    kept = dict(rows[0][0])
    placed = {"x_InvoiceId", "x_PricingCurrency", "x_SkuMeterName"} if told == "1.0" else set()
    assert set(kept) == {name for name in HEADERS[version] if name.startswith("x_")} - placed
    assert kept["x_SkuDetails"] == '{"VCPUs":"1"}'
    assert kept["x_SkuMeterCategory"] == "x_SkuMeterCategory 1"


@pytest.mark.parametrize("source", ["focus_10", "focus_12"])
def test_a_focus_export_of_azure_means_what_it_says(built: Settings, source: str) -> None:
    rows = asked(
        built,
        "select charge_category, commitment_discount_status, billed_cost, effective_cost, contracted_cost, list_cost, "
        "invoice_id, pricing_currency, sku_meter, cast(charge_period_start as varchar), tags['team'] "
        f"from finops_intermediate.int_focus_lines where source_name = '{source}' order by effective_cost desc",
    )
    same = ("G001", "USD", "B1s", "2026-08-03 00:00:00")
    numbers = [tuple(float(value) for value in row[2:6]) for row in rows]
    assert [row[:2] for row in rows] == [("Usage", "Used"), ("Usage", "Unused"), ("Purchase", None)]
    assert numbers == [(0, 1.2, 2.4, 2.88), (0, 0.3, 2.4, 2.88), (70, 0, 2.4, 2.88)]
    assert {row[6:10] for row in rows} == {same}
    assert [row[10] for row in rows] == ["search", None, None]


def test_a_commitment_that_nothing_names_is_committed_and_costs_what_it_costs(built: Settings) -> None:
    rows = asked(
        built,
        "select line_item_type, pricing_category, commitment_discount_id is null, commitment_discount_status, "
        "effective_cost::varchar from finops_intermediate.int_focus_lines "
        "where source_name = 'costs' and pricing_category = 'Committed' order by all",
    )
    assert rows == [
        ("UnusedReservation", "Committed", False, "Unused", "0.300000000"),
        ("UnusedReservation", "Committed", True, None, "0.300000000"),
        ("Usage", "Committed", False, "Used", "1.700000000"),
        ("Usage", "Committed", True, None, "5.000000000"),
    ]


def test_what_azures_bills_leave_open_has_its_reason(built: Settings) -> None:
    """Else nothing of them would be published."""
    unexplained = asked(
        built,
        "select source_name, requirement_id, violating_rows, reason_count, example "
        "from finops_published.focus_conformance where side = 'output' and violating_rows > reason_count order by all",
    )
    assert unexplained == []
