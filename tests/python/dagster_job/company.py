"""A very small company: one FOCUS export of two months, and short ways to change it and to run the job over it."""

from __future__ import annotations

import csv
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.job import JOB, build_definitions
from orchestration.schedules import run_config
from orchestration.settings import Settings

MONTHS = ("2026-08", "2026-09")


def line(month: str, day: int, cost: str, team: str = "search") -> dict[str, str]:
    """Write one FOCUS line of one day."""
    following = f"{month[:5]}{int(month[5:]) + 1:02d}"
    return {
        "BillingAccountId": "0012",
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "BillingPeriodEnd": f"{following}-01T00:00:00Z",
        "ChargePeriodStart": f"{month}-{day:02d}T00:00:00Z",
        "ChargePeriodEnd": f"{month}-{day + 1:02d}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ProviderName": "Cloudly",
        "PublisherName": "Cloudly",
        "InvoiceIssuerName": "Cloudly",
        "ServiceName": "Compute",
        "ServiceCategory": "Compute",
        "SubAccountId": "0077",
        "ResourceId": f"vm-{day}",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "ListCost": cost,
        "Tags": json.dumps({"team": team}),
    }


@dataclass(frozen=True)
class Told:
    """What a run told Dagster: assets with their partitions, one by one, and whether each check of an asset passed."""

    materialized: list[tuple[str, str | None]]
    checks: dict[tuple[str, str], bool]

    @staticmethod
    def by(result: dg.ExecuteInProcessResult) -> Told:
        """Read it from a run's events."""
        events = result.get_asset_materialization_events()
        checks = result.get_asset_check_evaluations()
        return Told(
            [(event.asset_key.to_user_string(), event.partition) for event in events],
            {(check.asset_key.to_user_string(), check.check_name): check.passed for check in checks},
        )


@dataclass
class Company:
    """The folders of one company."""

    root: Path

    @property
    def settings(self) -> Settings:
        """Its settings, as a run would read them."""
        return Settings.from_env(self.environ)

    @property
    def environ(self) -> dict[str, str]:
        """The variables of its settings."""
        return {
            "FINOPS_HOME": str(self.root / "home"),
            "FINOPS_SOURCES": str(self.root / "sources.yml"),
            "FINOPS_RULES": str(self.root / "rules"),
            "FINOPS_MEMORY_LIMIT": "1GB",
            "FINOPS_THREADS": "2",
            "FINOPS_RETRY_SECONDS": "0",
        }

    def set_up(self) -> Company:
        """Write sources.yml and a month per file."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "rules").mkdir(exist_ok=True)
        (self.root / "sources.yml").write_text("sources:\n  - {name: saas, format: focus, uri: exports}\n")
        for month in MONTHS:
            self.deliver(month, [line(month, day, f"{day}.25") for day in range(1, 6)])
        return self

    def copied(self, root: Path) -> Company:
        """Copy all of it; a home does not mind where it is."""
        shutil.copytree(self.root, root, symlinks=True)
        return Company(root)

    def deliver(self, month: str, lines: list[dict[str, str]]) -> None:
        """Write (or replace) the file of one month."""
        path = self.root / "exports" / f"{month}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)

    def run(self, instance: dg.DagsterInstance, months: list[str] | None = None) -> dg.ExecuteInProcessResult:
        """Run the job in this process."""
        os.environ.update(self.environ)
        job = build_definitions(self.settings).resolve_job_def(JOB)
        config = run_config(months or [], quiet=True)
        return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)

    def report(self) -> dict[str, Any]:
        """Return run_report.json."""
        return json.loads(self.settings.run_report.read_text(encoding="utf-8"))

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask what readers see."""
        database = self.settings.published_link.resolve() / "finops.duckdb"
        with duckdb.connect(str(database), read_only=True) as con:
            return con.execute(sql).fetchall()

    @property
    def publication(self) -> str:
        """The id of what readers see."""
        return self.settings.published_link.resolve().name
