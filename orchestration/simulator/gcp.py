"""The detailed billing export of Google Cloud that Harbourline Outdoor gets: nested Parquet, a folder per month.

Belongs here: how a line looks in the export, and the truth about it. Does not belong here: what is used and what it
truly costs (`gcp_usage`). A line has no id in the export; the truth names it `<month>:<number of the line, from 1>`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from .engine import quoted, write_parquet
from .gcp_usage import ACCOUNT, FLEXIBLE_ID, NANO, PROJECTS, RESOURCE_ID, SPEND_ID, Line, Pool, month_lines
from .periods import Month, stable_uuid

SOURCE_NAME = "gcp_billing"
_MAX_COPIES = 50
_SHARDS = 2
_TEXT, _TIME, _DOUBLE = pa.string(), pa.timestamp("us", "UTC"), pa.float64()
_PAIRS = pa.list_(pa.struct([("key", _TEXT), ("value", _TEXT)]))
_NUMERIC = pa.decimal128(38, 9)
_SCHEMA = pa.schema(
    {
        "billing_account_id": _TEXT,
        "service": pa.struct([("id", _TEXT), ("description", _TEXT)]),
        "sku": pa.struct([("id", _TEXT), ("description", _TEXT)]),
        "usage_start_time": _TIME,
        "usage_end_time": _TIME,
        "project": pa.struct([("id", _TEXT), ("number", _TEXT), ("name", _TEXT), ("labels", _PAIRS)]),
        "labels": _PAIRS,
        "system_labels": _PAIRS,
        "location": pa.struct([("location", _TEXT), ("country", _TEXT), ("region", _TEXT), ("zone", _TEXT)]),
        "export_time": _TIME,
        "cost": _DOUBLE,
        "currency": _TEXT,
        "currency_conversion_rate": _DOUBLE,
        "usage": pa.struct(
            [("amount", _DOUBLE), ("unit", _TEXT), ("amount_in_pricing_units", _DOUBLE), ("pricing_unit", _TEXT)]
        ),
        "credits": pa.list_(
            pa.struct([("name", _TEXT), ("amount", _DOUBLE), ("full_name", _TEXT), ("id", _TEXT), ("type", _TEXT)])
        ),
        "invoice": pa.struct([("month", _TEXT)]),
        "cost_type": _TEXT,
        "adjustment_info": pa.struct([("id", _TEXT), ("description", _TEXT), ("mode", _TEXT), ("type", _TEXT)]),
        "tags": pa.list_(
            pa.struct([("key", _TEXT), ("value", _TEXT), ("inherited", pa.bool_()), ("namespace", _TEXT)])
        ),
        "cost_at_list": _NUMERIC,
        "cost_at_effective_price_default": _NUMERIC,
        "consumption_model": pa.struct([("id", _TEXT), ("description", _TEXT)]),
        "resource": pa.struct([("name", _TEXT), ("global_name", _TEXT)]),
        "subscription": pa.struct([("instance_id", _TEXT)]),
    }
)


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write a folder per month, and the truth about its lines; return the truth about the commitments, per month.

    The rows are those of `truth.write_commitments`. The open month holds the days of its newest refresh.
    """
    copies, result = min(copies, _MAX_COPIES), []
    for month in months:
        days = (month.refreshes[-1].hours + 23) // 24
        lines, pools = month_lines(month, days, seed, copies)
        folder = exports / SOURCE_NAME / f"invoice_month={month.start:%Y%m}"
        folder.mkdir(parents=True)
        for shard in range(_SHARDS):
            rows = [_row(month, line, number) for number, line in enumerate(lines) if number % _SHARDS == shard]
            table = pa.Table.from_pylist(rows, _SCHEMA)
            pq.write_table(table, folder / f"{shard:012d}.parquet", compression="snappy")
        con.register("gcp_truth", pa.Table.from_pylist(_truth(month, lines, pools)))
        write_parquet(con, _TRUTH, truth / f"lines-{SOURCE_NAME}-{month.name}-00001.parquet")
        con.unregister("gcp_truth")
        result += _commitments(month, pools)
    return result


def _row(month: Month, line: Line, number: int) -> dict[str, Any]:
    project = None if line.project is None else PROJECTS[line.project]
    listed = line.cost if line.default_cost is None else line.default_cost
    is_resource = line.kind in ("usage", "covered")
    labels = {"environment": project[3]} if project else {}
    if project and project[1]:
        labels["team"] = project[1]
    if line.originating_sku:
        labels["goog-originating-sku-id"] = line.originating_sku
    return {
        "billing_account_id": ACCOUNT,
        "service": {"id": stable_uuid(line.service)[:14].upper(), "description": line.service},
        "sku": {"id": stable_uuid(line.sku)[:14].upper(), "description": line.sku},
        "usage_start_time": line.start,
        "usage_end_time": line.end,
        "project": project
        and {"id": project[0], "number": str(line.project), "name": project[0], "labels": _pairs({"team": project[2]})},
        "labels": _pairs(labels),
        "system_labels": _pairs({"compute.googleapis.com/cores": "4"}) if line.service == "Compute Engine" else [],
        "location": {"location": "us-central1", "country": "US", "region": "us-central1", "zone": None},
        "export_time": max(line.end, month.start) + timedelta(hours=5),
        "cost": line.cost / NANO,
        "currency": "USD",
        "currency_conversion_rate": 1.0,
        "usage": {
            "amount": line.quantity * 3.6,
            "unit": "seconds",
            "amount_in_pricing_units": line.quantity / 1000,
            "pricing_unit": line.unit,
        },
        "credits": [
            {"name": name or kind, "amount": amount / NANO, "full_name": name or None, "id": None, "type": kind}
            for kind, name, amount in line.credits
        ],
        "invoice": {"month": f"{month.start:%Y%m}"},
        "cost_type": line.cost_type,
        "adjustment_info": line.adjustment and {"type": line.adjustment, "description": line.sku},
        "tags": [],
        "cost_at_list": _decimal(listed),
        "cost_at_effective_price_default": _decimal(listed),
        "consumption_model": {"id": None, "description": line.consumption_model},
        "resource": {"name": f"r-{number % 40}", "global_name": f"//googleapis.com/{line.project}/r-{number % 40}"}
        if is_resource
        else None,
        "subscription": {"instance_id": line.subscription},
    }


def _pairs(labels: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [{"key": key, "value": value} for key, value in labels.items() if value is not None]


def _decimal(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)


def _truth(month: Month, lines: list[Line], pools: list[Pool]) -> list[dict[str, Any]]:
    """Give one row per line, and one per commitment and day that was not wholly used."""
    rows = [_truth_row(month, f"{month.name}:{number}", line) for number, line in enumerate(lines, start=1)]
    for pool in pools:
        if pool.fee != pool.used:
            unused = Line("unused_commitment", "", "", pool.day, pool.day, 0, commitment=pool.commitment)
            unused.effective = pool.fee - pool.used
            rows.append(_truth_row(month, f"{month.name}:{pool.commitment}:{pool.day:%d}", unused))
    return rows


def _truth_row(month: Month, line_id: str, line: Line) -> dict[str, Any]:
    project = None if line.project is None else PROJECTS[line.project]
    team = (project[1] or project[2]) if project else None
    return {
        "billing_month": month.start.date(),
        "line_id": line_id,
        "kind": line.kind,
        "billed": line.billed,
        "effective": line.effective,
        "charge_start": line.start,
        "sub_account_id": project[0] if project else None,
        "team": team or "Unallocated",
        "evidence": "tag" if team else "none",
        "environment": project[3] if project else "",
        "commitment_id": line.commitment,
    }


_TRUTH = f"""
    SELECT
        {quoted(SOURCE_NAME)} AS source_name, billing_month, line_id, kind, 'USD' AS billing_currency,
        exact(billed * 10) AS billed_cost, exact(effective * 10) AS effective_cost,
        exact(effective * 10) AS gross_effective_cost, exact(billed * 10) AS list_cost, charge_start, sub_account_id,
        team, evidence, '' AS product, environment, '' AS cost_center, commitment_id
    FROM gcp_truth"""


def _commitments(month: Month, pools: list[Pool]) -> list[tuple]:
    """Give the truth about each commitment; its fee is billed as it accrues, so that nothing is amortized."""
    kinds = {RESOURCE_ID: "Resource-based CUD", SPEND_ID: "Spend-based CUD", FLEXIBLE_ID: "Spend-based CUD"}
    rows = []
    for commitment, kind in kinds.items():
        own = [pool for pool in pools if pool.commitment == commitment]
        total, used = (10 * sum(getattr(pool, name) for pool in own) for name in ("fee", "used"))
        sums = (total, used, total - used)
        rows.append((SOURCE_NAME, "USD", month.start.date(), commitment, commitment, kind, *sums, *sums, 0, 0, 0, 0))
    return rows
