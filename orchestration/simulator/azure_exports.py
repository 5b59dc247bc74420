"""Azure's exports as files: runs with manifests of actual cost, amortized cost and the price sheet.

Belongs here: headers, folders, manifests. Does not belong here: what is charged (`azure_story`) and what is true
(`azure`).
"""

import csv
import gzip
import io
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from .azure_fleet import ENROLLMENT, RESOURCES, Resource, number_text, us_date
from .azure_story import Line
from .periods import Month, Refresh, stable_uuid

_COLUMNS = """
InvoiceSectionName AccountName AccountOwnerId SubscriptionId SubscriptionName ResourceGroup ResourceLocation Date
ProductName MeterCategory MeterSubCategory MeterId MeterName MeterRegion UnitOfMeasure Quantity EffectivePrice
CostInBillingCurrency CostCenter ConsumedService ResourceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2
ResourceName ReservationId ReservationName UnitPrice ProductOrderId ProductOrderName Term PublisherType
PublisherName ChargeType Frequency PricingModel AvailabilityZone BillingAccountId BillingAccountName
BillingCurrencyCode BillingPeriodStartDate BillingPeriodEndDate BillingProfileId BillingProfileName InvoiceSectionId
IsAzureCreditEligible PartNumber PayGPrice PlanName ServiceFamily CostAllocationRuleName benefitId benefitName
"""
_PRICE_COLUMNS = """
EnrollmentNumber MeterID MeterName MeterType MeterCategory MeterSubCategory ServiceFamily Product SkuID ProductID
MeterRegion UnitOfMeasure PartNumber EffectiveStartDate EffectiveEndDate UnitPrice BasePrice MarketPrice CurrencyCode
IncludedQuantity OfferID Term PriceType
"""


def write_costs(root: Path, month: Month, refresh: Refresh, dataset: str, lines: list[Line]) -> None:
    """Write one run of a cost export: the month to date."""
    common = {
        "BillingAccountId": ENROLLMENT,
        "BillingAccountName": "Harbourline Outdoor",
        "BillingProfileId": ENROLLMENT,
        "BillingProfileName": "Harbourline Outdoor",
        "BillingCurrencyCode": "EUR",
        "BillingPeriodStartDate": us_date(month.start.date()),
        "BillingPeriodEndDate": us_date(month.end.date() - timedelta(days=1)),
    }
    rows = []
    for line in lines:
        cost = line.actual if dataset == "actual" else line.amortized
        if cost is not None:
            covered = {"EffectivePrice": "0"} if dataset == "actual" and line.kind == "azure_covered_usage" else {}
            rows.append(common | line.values | covered | {"CostInBillingCurrency": number_text(cost, 10)})
    kind = "ActualCost" if dataset == "actual" else "AmortizedCost"
    _write_run(root, month, refresh, f"{dataset}-daily", kind, _COLUMNS.split(), rows)


def write_prices(root: Path, month: Month) -> None:
    """Write the price sheet of a month, which tells what the cost exports leave out."""
    rows = [row for resource in RESOURCES for row in _prices(resource, month)]
    unique = {tuple(row.items()): row for row in rows}
    _write_run(root, month, month.refreshes[0], "prices-monthly", "PriceSheet", _PRICE_COLUMNS.split(), unique.values())


def _prices(resource: Resource, month: Month) -> list[dict[str, object]]:
    """List the prices of a meter: of usage, by tiers where there are any, and of the commitments for machines."""
    scale = resource.sheet_scale
    usage = {
        "EnrollmentNumber": ENROLLMENT,
        "MeterID": stable_uuid("meter", resource.meter),
        "MeterName": resource.meter,
        "MeterType": resource.unit,
        "MeterCategory": resource.category,
        "Product": f"{resource.category} - {resource.meter} - EU West",
        "SkuID": stable_uuid("sku", resource.meter)[:12],
        "ProductID": stable_uuid("product", resource.category)[:12],
        "MeterRegion": "EU West",
        "UnitOfMeasure": resource.sheet_unit or resource.unit,
        "PartNumber": resource.part_number,
        "EffectiveStartDate": f"{month.start:%Y-%m-%dT%H:%M:%S}.0000000Z",
        "EffectiveEndDate": f"{month.end - timedelta(days=1):%Y-%m-%dT%H:%M:%S}.0000000Z",
        "UnitPrice": number_text(resource.price * scale, 10),
        "BasePrice": number_text(resource.price * scale, 10),
        "MarketPrice": number_text(resource.list_price * scale, 10),
        "CurrencyCode": "EUR",
        "IncludedQuantity": "0",
        "OfferID": "MS-AZR-0017P",
        "PriceType": "Consumption",
    }
    rows = [usage]
    if resource.tier_price:
        cheaper = {"UnitPrice": resource.tier_price, "MarketPrice": resource.tier_price * 10 // 9}
        prices = {name: number_text(price * scale, 10) for name, price in cheaper.items()}
        rows.append(usage | prices | {"IncludedQuantity": "10240"})
    if resource.category == "Virtual Machines":
        prices = {name: number_text(resource.price * scale * 7 // 10, 10) for name in ("UnitPrice", "MarketPrice")}
        rows.append(usage | prices | {"PriceType": "SavingsPlan", "Term": "P1Y"})
        prices = {name: number_text(resource.price * 8760 * 6 // 10, 10) for name in ("UnitPrice", "MarketPrice")}
        rows.append(usage | prices | {"PriceType": "ReservedInstance", "Term": "P1Y", "UnitOfMeasure": resource.unit})
    return rows


def _write_run(
    root: Path,
    month: Month,
    refresh: Refresh,
    export: str,
    kind: str,
    columns: list[str],
    lines: Iterable[dict[str, object]],
) -> None:
    """Write the file and the manifest of one run, the manifest last."""
    last = month.end - timedelta(days=1)
    run = stable_uuid(export.partition("-")[0], refresh.execution_id)
    parts = (export, f"{month.start:%Y%m%d}-{last:%Y%m%d}", f"{refresh.executed_at:%Y%m%d%H%M}", run)
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    rows = 0
    for line in lines:
        writer.writerow(line)
        rows += 1
    content = gzip.compress(text.getvalue().encode(), mtime=0)
    (folder / "part_0_0001.csv.gz").write_bytes(content)
    blob = {
        "blobName": "/".join(("cost", *parts, "part_0_0001.csv.gz")),
        "byteCount": len(content),
        "dataRowCount": rows,
    }
    scope = f"/providers/Microsoft.Billing/billingAccounts/{ENROLLMENT}"
    manifest = {
        "manifestVersion": "2024-04-01",
        "byteCount": len(content),
        "blobCount": 1,
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": export,
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{export}",
            "dataVersion": "2023-12-01-preview",
            "type": kind,
            "timeFrame": "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "CreateNewReport",
            "fileFormat": "Csv",
            "compressionMode": "gzip",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": f"{refresh.executed_at:%Y-%m-%dT%H:%M:%S}.0000000Z",
            "runId": run,
            "startDate": f"{month.start:%Y-%m-%dT%H:%M:%S}",
            "endDate": f"{last:%Y-%m-%dT%H:%M:%S}",
        },
        "blobs": [blob],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
