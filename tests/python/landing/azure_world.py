"""Short ways to write Azure exports as Azure lays them out. Beside `world.py`, whose helpers it uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .world import csv_text, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ORDER = "/providers/Microsoft.Capacity/reservationOrders/0a0a/reservations"

LINE = {
    "BillingAccountId": "8611537",
    "BillingPeriodStartDate": "08/01/2026",
    "BillingPeriodEndDate": "08/31/2026",
    "SubscriptionId": "1caa",
    "Date": "08/03/2026",
    "MeterCategory": "Virtual Machines",
    "MeterId": "m-1",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "CostInBillingCurrency": "2.64",
    "BillingCurrencyCode": "USD",
    "ResourceId": "/subscriptions/1caa/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1",
    "ConsumedService": "Microsoft.Compute",
    "ReservationId": "",
    "benefitId": "",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "Tags": '"team": "search"',
}
COVERED = {**LINE, "ReservationId": "r-1", "benefitId": f"{ORDER}/r-1", "PricingModel": "Reservation"}
PURCHASE = {**COVERED, "ChargeType": "Purchase", "CostInBillingCurrency": "70", "benefitId": f"{ORDER}/"}
UNUSED = {**COVERED, "ChargeType": "UnusedReservation", "CostInBillingCurrency": "0.3", "ResourceId": ""}

ACTUAL = [LINE, {**COVERED, "CostInBillingCurrency": "0"}, PURCHASE]
AMORTIZED = [LINE, {**COVERED, "CostInBillingCurrency": "1.7"}, UNUSED]


def azure_run(
    root: Path,
    lines: list[dict[str, Any]],
    *,
    kind: str = "ActualCost",
    export: str = "daily",
    period: str = "20260801-20260831",
    run: str = "11111111-aaaa",
    submitted: str | None = "2026-08-04T06:00:00.1234567Z",
    scope: str = "/providers/Microsoft.Billing/billingAccounts/8611537",
    folder: str = "",
    parts: int = 1,
    manifest: dict[str, Any] | None = None,
    suffix: str = ".csv",
) -> Path:
    """Write one run of an export with its manifest; `manifest` overrides keys of it. Gives the folder of the run."""
    place = root.joinpath(export, period, *([folder] if folder else []), run)
    size = -(-len(lines) // parts) if lines else 0
    blobs = []
    for number in range(parts):
        path = place / f"part_{number}_0001{suffix}"
        chunk = lines[number * size : (number + 1) * size]
        if chunk:
            write_csv(path, chunk)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(csv_text([LINE]).splitlines()[0] + "\n")
        name = f"exports/{path.relative_to(root).as_posix()}"
        blobs.append({"blobName": name, "byteCount": path.stat().st_size, "dataRowCount": len(chunk)})
    content = {
        "manifestVersion": "2024-04-01",
        "blobCount": len(blobs),
        "byteCount": sum(blob["byteCount"] for blob in blobs),
        "dataRowCount": len(lines),
        "exportConfig": {
            "exportName": export,
            "type": kind,
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{export}",
        },
        "deliveryConfig": {"partitionData": True, "dataOverwriteBehavior": "CreateNewReport"},
        "runInfo": {"runId": run, "submittedTime": submitted},
        "blobs": blobs,
        **(manifest or {}),
    }
    (place / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return place
