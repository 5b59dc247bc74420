"""The company's second day: September costs less than was said, and what else may come that a publication shows.

Belongs here: one run that tests of alerts, facts, KPIs and vintages share, and what they need to know of it.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.baselines import Wish, freeze
from orchestration.formats.facts import FACTS
from tests.python.alerts.servers import nobody, web_server

from .company import Company, line

if TYPE_CHECKING:
    import dagster as dg

COST = Wish("cost", "effective", "company", "all", date(2026, 8, 1), "month", "Ada", "before we tidy up")
CHANNELS = """channels:
  - {name: dead, kind: json, url_env: TEST_NOBODY}
  - {name: hook, kind: json, url_env: TEST_WEBHOOK}
"""
BUDGET_HEADER = FACTS["budgets"].header


def second_day(company: Company, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Freeze a cost, deliver September anew with a budget and the orders of August, listen to one of two channels."""
    freeze(company.settings, COST)
    shutil.copytree(baselines(company), company.root / "frozen")
    sources = company.settings.sources_file
    sources.write_text(
        f"{sources.read_text()}  - {{name: plan, format: budgets, uri: plan.csv}}\n"
        "  - {name: shop, format: business_metrics, uri: shop.csv}\n"
    )
    metric(company, "1000")
    plan = f"{BUDGET_HEADER},colour\noriginal,team,search,2026-08,USD,100,,,,,,,blue\n"
    (company.root / "plan.csv").write_text(plan)
    company.deliver("2026-09", [line("2026-09", 1, "7")])
    channels = company.root / "alerts.yml"
    channels.write_text(CHANNELS)
    with web_server() as web:
        os.environ.update(TEST_WEBHOOK=web.url, TEST_NOBODY=nobody())
        result = company.run(instance, months=["2026-09"])
    channels.unlink()
    (company.root / "sent.json").write_text(json.dumps(web.bodies))
    return result


def baselines(company: Company) -> Path:
    """Return the folder of what was frozen."""
    return company.settings.state_dir / "baselines"


def sent(company: Company) -> list[dict[str, Any]]:
    """Return the alerts that the channel was told on that day."""
    return [alert for body in json.loads((company.root / "sent.json").read_text()) for alert in body["alerts"]]


def metric(company: Company, value: str) -> None:
    """Deliver the orders of a month, anew if they were there."""
    given = {"metric_id": "orders", "metric_unit": "orders", "scope_type": "company", "scope_id": "all"}
    given |= {"period_grain": "month", "period_start": "2026-08-01", "metric_value": value}
    header = FACTS["business_metrics"].header
    row = ",".join(given.get(name, "") for name in header.split(","))
    (company.root / "shop.csv").write_text(f"{header}\n{row}\n")
