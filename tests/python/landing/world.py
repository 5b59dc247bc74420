"""A small world to land in: a `sources.yml`, folders of exports, and short ways to write them and to look at raw."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.landing import LandingResult, Ledger, create_raw_relations, land, load_ledger
from orchestration.settings import Settings

AUGUST = "2026-08-01T00:00:00Z"
SEPTEMBER = "2026-09-01T00:00:00Z"

FOCUS_LINE = {
    "BillingAccountId": "0012",
    "BillingCurrency": "USD",
    "BillingPeriodStart": AUGUST,
    "BillingPeriodEnd": SEPTEMBER,
    "ChargePeriodStart": "2026-08-03T00:00:00Z",
    "ChargePeriodEnd": "2026-08-04T00:00:00Z",
    "ChargeCategory": "Usage",
    "ServiceName": "Compute",
    "SubAccountId": "0077",
    "ResourceId": "vm-1",
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "Tags": '{"team": "search"}',
}

LEGACY_LINE = {
    "identity/LineItemId": "a1",
    "identity/TimeInterval": "2026-08-03T00:00:00Z/2026-08-03T01:00:00Z",
    "bill/PayerAccountId": "012345678901",
    "bill/BillingPeriodStartDate": AUGUST,
    "lineItem/UsageAccountId": "000000000077",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-08-03T00:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "0.25",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "resourceTags/user:Team": "search",
}

CUR2_LINE = {
    "identity_line_item_id": "a1",
    "identity_time_interval": "2026-08-03T00:00:00Z/2026-08-03T01:00:00Z",
    "bill_payer_account_id": "012345678901",
    "bill_billing_period_start_date": "2026-08-01 00:00:00",
    "line_item_usage_account_id": "000000000077",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-08-03 00:00:00",
    "line_item_product_code": "AmazonEC2",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": 0.25,
}

CUR2_TYPES = {
    "bill_billing_period_start_date": "timestamp",
    "line_item_usage_start_date": "timestamp",
    "line_item_unblended_cost": "double",
    "line_item_net_unblended_cost": "double",
    "discount_total_discount": "double",
    "resource_tags": "map(varchar, varchar)",
}


@dataclass
class World:
    """A home, its sources and the folders that they name, all under one temporary folder."""

    root: Path
    sources: list[dict[str, str]] = field(default_factory=list)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        """Point the settings into the temporary folder."""
        env = {
            "FINOPS_HOME": str(self.root / "home"),
            "FINOPS_SOURCES": str(self.root / "sources.yml"),
            "FINOPS_THREADS": "1",
            "FINOPS_MEMORY_LIMIT": "500MB",
        }
        self.settings = Settings.from_env(env)

    def source(self, fmt: str, name: str = "bills", uri: str | None = None) -> Path:
        """Name a source in `sources.yml` (in place of one of the same name) and make its folder."""
        folder = self.root / (uri or name)
        folder.mkdir(parents=True, exist_ok=True)
        self.sources = [item for item in self.sources if item["name"] != name]
        self.sources.append({"name": name, "format": fmt, "uri": uri or name})
        self.write_sources()
        return folder

    def write_sources(self) -> None:
        """Write `sources.yml`."""
        (self.root / "sources.yml").write_text(yaml.safe_dump({"sources": self.sources}), encoding="utf-8")

    def land(self, **changes: Any) -> LandingResult:  # noqa: ANN401
        """Land with the settings, some of them changed."""
        return land(replace(self.settings, **changes))

    def ledger(self) -> Ledger:
        """Read the ledger anew."""
        return load_ledger(self.settings)

    def raw(self) -> duckdb.DuckDBPyConnection:
        """Open a database with the raw relations."""
        connection = duckdb.connect()
        create_raw_relations(connection, self.settings, self.ledger())
        return connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the raw relations."""
        with self.raw() as connection:
            return connection.execute(sql).fetchall()


def csv_text(lines: list[dict[str, Any]]) -> str:
    """Write lines as CSV, with the columns of the first line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def write_csv(path: Path, lines: list[dict[str, Any]]) -> Path:
    """Write lines as CSV or, by the name, CSV.GZ."""
    content = csv_text(lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_parquet(path: Path, lines: list[dict[str, Any]], types: dict[str, str] | None = None) -> Path:
    """Write lines as Parquet; columns are text unless `types` says otherwise. No lines: one line of nulls, left out."""
    types = CUR2_TYPES if types is None else types
    names = list(lines[0]) if lines else list(CUR2_LINE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {types.get(name, "varchar")}' for name in names)
        connection.execute(f"create table lines ({columns})")
        marks = ", ".join("?" for _ in names)
        for line in lines:
            connection.execute(f"insert into lines values ({marks})", [line.get(name) for name in names])
        connection.execute(f"copy lines to '{path}' (format parquet)")
    return path


def data_export(
    root: Path,
    lines: list[dict[str, Any]],
    *,
    month: str = "2026-08",
    stamp: str | None = None,
    execution: str = "run-1",
    files: list[str] | None = None,
    suffix: str = ".snappy.parquet",
) -> Path:
    """Write one delivery as AWS Data Exports does; with a `stamp` in create-new mode, else in overwrite mode.

    `files` overrides the keys that the manifest lists. Gives the path of the data file.
    """
    refresh = [f"{stamp}-{execution}"] if stamp else []
    parts = ["data", f"BILLING_PERIOD={month}", *refresh, f"export-00001{suffix}"]
    path = root.joinpath(*parts)
    if suffix.endswith("parquet"):
        write_parquet(path, lines)
    else:
        write_csv(path, lines)
    keys = files if files is not None else ["s3://bucket/prefix/export/" + "/".join(parts)]
    manifest = json.dumps({"executionId": execution, "columns": [], "dataFiles": keys})
    for folder in {root / "metadata" / f"BILLING_PERIOD={month}", root.joinpath("metadata", *parts[1:-1])}:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Manifest.json").write_text(manifest, encoding="utf-8")
    return path


def legacy_report(root: Path, lines: list[dict[str, Any]], assembly: str, *, month: str = "20260801-20260901") -> Path:
    """Write one delivery as the legacy report in create-new mode does; gives the path of the data file."""
    path = write_csv(root / month / assembly / "report-1.csv.gz", lines)
    manifest = json.dumps({"assemblyId": assembly, "reportKeys": [f"prefix/report/{month}/{assembly}/report-1.csv.gz"]})
    for folder in (root / month, root / month / assembly):
        (folder / "report-Manifest.json").write_text(manifest, encoding="utf-8")
    return path
