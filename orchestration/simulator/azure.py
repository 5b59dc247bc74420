"""Azure's actual and amortized cost exports for Harbourline Outdoor's shop, under an enterprise agreement.

Belongs here: what runs there, its prices, its commitments, how both exports look, and the truth about every line that
counts. Does not belong here: the sums of the truth (`truth`). Two daily exports write the month to date into folders of
their own, each with a manifest. A reservation is part used, another one is returned, a savings plan is bought by the
month; what nobody used is a line of amortized cost alone. Money is in EUR, whole 1e-10 of it, as in the other vendors.
"""

import csv
import gzip
import io
import json
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .fleet import COST_CENTERS
from .periods import RENAME_AT, Month, Refresh, stable_uuid

SOURCE_NAME = "azure_cost"
_ENROLLMENT = "8417520"
_SUBSCRIPTIONS = {"shop": "5b1f0a52-7c34-4e0b-9d11-2a6f3c8e9001", "lab": "c0de77aa-18f2-4c61-8a3e-90b4d5f20002"}
_MAX_COPIES = 20
_TERM_DAYS = 365
_RETURNED_AT = 2
"""In this month of the simulation, counted from 0, the second reservation is given back."""

_COLUMNS = """
InvoiceSectionName AccountName AccountOwnerId SubscriptionId SubscriptionName ResourceGroup ResourceLocation Date
ProductName MeterCategory MeterSubCategory MeterId MeterName MeterRegion UnitOfMeasure Quantity EffectivePrice
CostInBillingCurrency CostCenter ConsumedService ResourceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2
ResourceName ReservationId ReservationName UnitPrice ProductOrderId ProductOrderName Term PublisherType
PublisherName ChargeType Frequency PricingModel AvailabilityZone BillingAccountId BillingAccountName
BillingCurrencyCode BillingPeriodStartDate BillingPeriodEndDate BillingProfileId BillingProfileName InvoiceSectionId
IsAzureCreditEligible PartNumber PayGPrice PlanName ServiceFamily CostAllocationRuleName benefitId benefitName
"""


@dataclass(frozen=True)
class _Resource:
    """What runs: `quantity` thousandths of a unit a day give or take a fifth; prices per unit, ours and the public."""

    name: str
    subscription: str
    type: str
    category: str
    meter: str
    unit: str
    quantity: int
    price: int
    list_price: int
    team: str | None
    environment: str | None
    commitment: str | None = None


_RESOURCES = (
    _Resource("api-1", "shop", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D4s v5", "1 Hour",
              20_000, 1_980_000_000, 2_200_000_000, "checkout", "prod", "reserved"),
    _Resource("api-2", "shop", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D4s v5", "1 Hour",
              17_000, 1_980_000_000, 2_200_000_000, "checkout", "prod", "reserved"),
    _Resource("batch", "lab", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D2s v5", "1 Hour",
              16_000, 990_000_000, 1_100_000_000, "data", "staging", "returned"),
    _Resource("web", "shop", "Microsoft.Compute/virtualMachineScaleSets", "Virtual Machines", "F4s v2", "1 Hour",
              20_000, 1_800_000_000, 2_000_000_000, "growth", "prod", "plan"),
    _Resource("orders", "shop", "Microsoft.Sql/servers", "SQL Database", "vCore", "1 Hour",
              48_000, 1_260_000_000, 1_400_000_000, "payments", "prod"),
    _Resource("images", "shop", "Microsoft.Storage/storageAccounts", "Storage", "Hot Read Operations", "10K",
              7_300, 43_000_000, 43_000_000, "search", "prod"),
    _Resource("disk-1", "lab", "Microsoft.Compute/disks", "Storage", "P10 LRS Disk", "1/Month",
              33, 197_100_000_000, 219_000_000_000, "data", "staging"),
    _Resource("edge", "shop", "Microsoft.Network/publicIPAddresses", "Bandwidth", "Standard Data Transfer Out", "1 GB",
              61_000, 783_000_000, 870_000_000, None, None),
)  # fmt: skip


@dataclass(frozen=True)
class _Commitment:
    """What was promised: so many thousandths of a unit a day at a price per unit."""

    key: str
    benefit: str
    name: str
    model: str
    daily: int
    price: int

    @property
    def order(self) -> str:
        return self.benefit.split("/")[4]

    @property
    def daily_cost(self) -> int:
        return self.daily * self.price // 1000


def _commitments(seed: int) -> dict[str, _Commitment]:
    def capacity(key: str) -> str:
        order, one = stable_uuid("order", key, seed), stable_uuid("reservation", key, seed)
        return f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{one}"

    plan = f"{stable_uuid('plan order', seed)}/savingsPlans/{stable_uuid('plan', seed)}"
    found = (
        _Commitment("reserved", capacity("reserved"), "shop-api", "Reservation", 48_000, 1_210_000_000),
        _Commitment("returned", capacity("returned"), "lab-batch", "Reservation", 24_000, 640_000_000),
        _Commitment("plan", f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{plan}", "compute", "SavingsPlan",
                    20_000, 1_300_000_000),
    )  # fmt: skip
    return {commitment.key: commitment for commitment in found}


@dataclass(frozen=True)
class _Line:
    """One charge: its columns, its cost in actual and in amortized cost (None: no line there), and what is true."""

    kind: str
    values: dict[str, object]
    actual: int | None
    amortized: int | None
    billed: int
    effective: int
    list_cost: int
    team: str | None = None
    environment: str | None = None
    commitment: str | None = None

    @property
    def dataset(self) -> str:
        """Where the line that counts stands: of two that say the same, the bill's."""
        covered = self.kind == "azure_covered_usage"
        return "amortized" if covered or self.actual is None else "actual"


class _Story:
    """What happens in a month; the same for every refresh of it, which only holds fewer days."""

    def __init__(self, month: Month, months: list[Month], seed: int, copies: int) -> None:
        self.month, self.seed, self.copies = month, seed, copies
        self.bought = months[0].start.date() + timedelta(days=2)
        later = months[_RETURNED_AT : _RETURNED_AT + 1]
        self.returned = later[0].start.date() + timedelta(days=9) if later else None
        self.commitments = _commitments(seed)

    def lines(self, days: int, *, is_final: bool) -> list[_Line]:
        """List the lines of the first days of the month."""
        lines: list[_Line] = []
        for number in range(days):
            day = self.month.start.date() + timedelta(days=number)
            used = dict.fromkeys(self.commitments, 0)
            for copy in range(self.copies):
                for resource in _RESOURCES:
                    lines += self._usage(resource, day, copy, used)
            lines += [
                self._unused(item, day, used[key]) for key, item in self.commitments.items() if self._holds(key, day)
            ]
            lines += self._bought(day)
        first = self.month.start.date()
        saas = {"ChargeType": "Purchase", "PublisherType": "Marketplace", "PublisherName": "Skylark Systems Ltd"}
        saas |= {
            "ProductName": "Skylark Search, Team plan",
            "Frequency": "Recurring",
            "Quantity": "1",
            "PayGPrice": "0",
        }
        saas |= {"SubscriptionId": _SUBSCRIPTIONS["shop"], "SubscriptionName": "shop", "Date": _us(first)}
        cost = 1_490_000_000_000
        lines.append(_Line("azure_marketplace", saas, cost, cost, cost, cost, cost))
        if is_final:
            rounding = {"ChargeType": "RoundingAdjustment", "Frequency": "OneTime", "Date": _us(first)}
            lines.append(_Line("azure_rounding", rounding, -37, -37, -37, -37, -37))
        return lines

    def _holds(self, key: str, day: date) -> bool:
        if key == "plan":
            return True
        is_back = key == "returned" and self.returned is not None and day >= self.returned
        return self.bought <= day < self.bought + timedelta(days=_TERM_DAYS) and not is_back

    def _usage(self, resource: _Resource, day: date, copy: int, used: dict[str, int]) -> list[_Line]:
        dice = random.Random(f"{self.seed} {day} {resource.name} {copy}")
        quantity = resource.quantity * dice.randrange(80, 121) // 100
        covered = 0
        if resource.commitment and self._holds(resource.commitment, day):
            promised = self.commitments[resource.commitment].daily * self.copies - used[resource.commitment]
            covered = min(quantity, promised)
            used[resource.commitment] += covered
        renamed = self.month.index >= RENAME_AT and resource.team == RENAMED_TEAM
        team = NEW_TEAM_NAME if renamed else resource.team
        lines = []
        for part, item in ((covered, self.commitments.get(resource.commitment or "")), (quantity - covered, None)):
            if part == 0:
                continue
            at_list, at_ours = resource.list_price * part // 1000, resource.price * part // 1000
            cost = item.price * part // 1000 if item else at_ours
            values = _resource_columns(resource, day, copy, part, team) | (_benefit(item) if item else {})
            lines.append(
                _Line(
                    "azure_covered_usage" if item else "azure_usage", values, 0 if item else cost, cost,
                    0 if item else cost, cost, at_list, team, resource.environment, item.benefit if item else None,
                )
            )  # fmt: skip
        return lines

    def _unused(self, item: _Commitment, day: date, used: int) -> _Line:
        rest = item.daily * self.copies - used
        cost = item.price * rest // 1000
        values = _benefit(item) | {
            "ChargeType": f"Unused{item.model}",
            "Date": _us(day),
            "Frequency": "UsageBased",
            "Quantity": _text(rest, 3),
            "UnitOfMeasure": "1 Hour",
            "ConsumedService": "Microsoft.Compute",
            "ProductName": f"Unused {item.name}",
        }
        return _Line("azure_unused", values, None, cost, 0, cost, 0, commitment=item.benefit)

    def _bought(self, day: date) -> list[_Line]:
        """List what is paid or given back on a day."""
        lines = []
        for key, item in self.commitments.items():
            paid, kind = 0, "Purchase"
            if key == "plan" and day == self.month.start.date():
                paid = item.daily_cost * (self.month.end - self.month.start).days
            elif key != "plan" and day == self.bought:
                paid = item.daily_cost * _TERM_DAYS
            elif key == "returned" and day == self.returned:
                paid, kind = -item.daily_cost * (_TERM_DAYS - (day - self.bought).days), "Refund"
            if paid:
                cost = paid * self.copies
                values = _benefit(item) | {
                    "ChargeType": kind,
                    "Date": _us(day),
                    "Frequency": "Recurring" if key == "plan" else "OneTime",
                    "Quantity": "1" if paid > 0 else "-1",
                    "ProductName": item.name,
                    "PayGPrice": "0",
                }
                if kind == "Purchase" and key != "plan":  # a purchase names the order alone
                    values["benefitId"] = item.benefit.rsplit("/", 1)[0] + "/"
                truth = "commitment_purchase" if kind == "Purchase" else "upfront_refund"
                lines.append(_Line(truth, values, cost, None, cost, 0, 0, commitment=item.benefit))
        return lines


def _resource_columns(resource: _Resource, day: date, copy: int, quantity: int, team: str | None) -> dict[str, object]:
    name = resource.name if copy == 0 else f"{resource.name}-{copy}"
    subscription = _SUBSCRIPTIONS[resource.subscription]
    provider = resource.type.split("/")[0]
    # Azure writes the same id in several cases, and tags without their braces.
    path = f"/subscriptions/{subscription}/resourceGroups/{resource.subscription}/providers/{resource.type}/{name}"
    tags = [f'"team": "{team}"', f'"env": "{resource.environment}"'] if team else []
    return {
        "SubscriptionId": subscription,
        "SubscriptionName": resource.subscription,
        "ResourceGroup": resource.subscription,
        "ResourceLocation": "EU West" if copy % 2 else "westeurope",
        "Date": _us(day),
        "ProductName": f"{resource.category} - {resource.meter} - EU West",
        "MeterCategory": resource.category,
        "MeterId": stable_uuid("meter", resource.meter),
        "MeterName": resource.meter,
        "UnitOfMeasure": resource.unit,
        "Quantity": _text(quantity, 3),
        "UnitPrice": _text(resource.price, 10),
        "EffectivePrice": _text(resource.price, 10),
        "PayGPrice": _text(resource.list_price, 10),
        "ConsumedService": provider if day.day % 2 else provider.lower(),
        "ResourceId": path if day.day % 3 else path.lower(),
        "ResourceName": name,
        "Tags": ",".join(tags),
        "PublisherType": "Azure",
        "PublisherName": "Microsoft",
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
        "PartNumber": f"AAA-{stable_uuid(resource.meter)[:5]}",
    }


def _benefit(item: _Commitment) -> dict[str, object]:
    reservation = {"ReservationId": item.benefit.rsplit("/", 1)[1], "ReservationName": item.name}
    return {
        "benefitId": item.benefit,
        "benefitName": item.name,
        "PricingModel": item.model,
        "ProductOrderId": item.order,
        "Term": "12",
        "PublisherType": "Azure",
        "SubscriptionId": _SUBSCRIPTIONS["shop"],
        "SubscriptionName": "shop",
        **(reservation if item.model == "Reservation" else {}),
    }


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write a run of both exports for each refresh, and the truth about the newest; return that about commitments.

    The rows are those of `truth.write_commitments`.
    """
    result: list[tuple] = []
    for month in months:
        story = _Story(month, months, seed, min(copies, _MAX_COPIES))
        for refresh in month.refreshes:
            days = (refresh.hours + 23) // 24
            lines = story.lines(days, is_final=refresh.is_final)
            for dataset in ("actual", "amortized"):
                _write_run(exports / SOURCE_NAME, month, refresh, dataset, lines)
        _write_truth(con, truth, month, lines)
        result += _commitment_rows(month, story, lines)
    return result


def _write_run(root: Path, month: Month, refresh: Refresh, dataset: str, lines: list[_Line]) -> None:
    """Write the file and the manifest of one run, the manifest last."""
    last = month.end - timedelta(days=1)
    run, export = stable_uuid(dataset, refresh.execution_id), f"{dataset}-daily"
    parts = (export, f"{month.start:%Y%m%d}-{last:%Y%m%d}", f"{refresh.executed_at:%Y%m%d%H%M}", run)
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True)
    common = {
        "BillingAccountId": _ENROLLMENT,
        "BillingAccountName": "Harbourline Outdoor",
        "BillingProfileId": _ENROLLMENT,
        "BillingProfileName": "Harbourline Outdoor",
        "BillingCurrencyCode": "EUR",
        "BillingPeriodStartDate": _us(month.start.date()),
        "BillingPeriodEndDate": _us(last.date()),
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS.split(), lineterminator="\n")
    writer.writeheader()
    rows = 0
    for line in lines:
        cost = line.actual if dataset == "actual" else line.amortized
        if cost is not None:
            covered = {"EffectivePrice": "0"} if dataset == "actual" and line.kind == "azure_covered_usage" else {}
            writer.writerow(common | line.values | covered | {"CostInBillingCurrency": _text(cost, 10)})
            rows += 1
    content = gzip.compress(text.getvalue().encode(), mtime=0)
    (folder / "part_0_0001.csv.gz").write_bytes(content)
    blob = {
        "blobName": "/".join(("cost", *parts, "part_0_0001.csv.gz")),
        "byteCount": len(content),
        "dataRowCount": rows,
    }
    scope = f"/providers/Microsoft.Billing/billingAccounts/{_ENROLLMENT}"
    manifest = {
        "manifestVersion": "2024-04-01",
        "byteCount": len(content),
        "blobCount": 1,
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": export,
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{export}",
            "dataVersion": "2023-12-01-preview",
            "type": "ActualCost" if dataset == "actual" else "AmortizedCost",
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


def _write_truth(con: duckdb.DuckDBPyConnection, folder: Path, month: Month, lines: list[_Line]) -> None:
    """Write what is true about each line that counts; the line id is its dataset and its number there, from 1."""
    numbers, rows = {"actual": 0, "amortized": 0}, []
    for line in lines:
        for dataset, cost in (("actual", line.actual), ("amortized", line.amortized)):
            numbers[dataset] += cost is not None
        center = COST_CENTERS.get(RENAMED_TEAM if line.team == NEW_TEAM_NAME else line.team or "", "")
        rows.append(
            (
                f"{month.name}:{line.dataset}:{numbers[line.dataset]}", line.kind, line.billed, line.effective,
                line.list_cost, datetime.strptime(str(line.values["Date"]), "%m/%d/%Y"),  # noqa: DTZ007
                line.values.get("SubscriptionId"), line.team or "Unallocated", "tag" if line.team else "none",
                line.environment or "", center, line.commitment.lower() if line.commitment else None,
            )
        )  # fmt: skip
    text = dict.fromkeys(
        ("sub_account_id", "team", "evidence", "environment", "cost_center", "commitment_id"), "VARCHAR"
    )
    money = dict.fromkeys(("billed", "effective", "list_cost"), "BIGINT")
    columns = {"line_id": "VARCHAR", "kind": "VARCHAR"} | money | {"charge_start": "TIMESTAMP"} | text
    load_rows(con, "azure_lines", columns, [])
    con.executemany(f"INSERT INTO azure_lines VALUES ({', '.join('?' * len(columns))})", rows)
    query = f"""
        SELECT {quoted(SOURCE_NAME)} AS source_name, DATE {quoted(month.start.date())} AS billing_month, line_id, kind,
            'EUR' AS billing_currency, exact(billed) AS billed_cost, exact(effective) AS effective_cost,
            exact(effective) AS gross_effective_cost, exact(list_cost) AS list_cost, charge_start, sub_account_id, team,
            evidence, '' AS product, environment, cost_center, commitment_id
        FROM azure_lines ORDER BY rowid"""
    write_parquet(con, query, folder / f"lines-{SOURCE_NAME}-{month.name}-00001.parquet")


def _commitment_rows(month: Month, story: _Story, lines: list[_Line]) -> list[tuple]:
    result = []
    for key, item in story.commitments.items():
        mine = [line for line in lines if line.commitment == item.benefit]
        used = sum(line.effective for line in mine if line.kind == "azure_covered_usage")
        unused = sum(line.effective for line in mine if line.kind == "azure_unused")
        paid = sum(line.billed for line in mine if line.kind == "commitment_purchase")
        back = -sum(line.billed for line in mine if line.kind == "upfront_refund")
        if mine:
            total = used + unused
            kind = "SP" if key == "plan" else "RI"
            head = (SOURCE_NAME, "EUR", month.start.date(), item.benefit.lower(), f"azure-{key}", kind)
            result.append((*head, total, used, unused, total, used, unused, paid, back, total, total))
    return result


def _us(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _text(units: int, decimals: int) -> str:
    """Write so many units of the last decimal as Azure does: without trailing zeros, never in powers of ten."""
    text = f"{Decimal(units).scaleb(-decimals):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
