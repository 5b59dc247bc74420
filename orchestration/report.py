"""What the last run did: ``run_report.json`` for machines, written whatever happened.

The table for people is in ``summary``. The caller fills a ``RunReport`` as it goes; nothing here decides or computes
what was done.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from orchestration import files
from orchestration.doors.checks import CheckResult
from orchestration.words import counted, plain

if TYPE_CHECKING:
    from orchestration.settings import Settings

REPORT_VERSION = 1
_WRONG_BUDGETS = 3
Status = Literal["running", "published", "unchanged", "loaded", "failed"]


@dataclass
class PeriodReport:
    """One source and billing month (``2026-10``). Costs are decimal text per currency, never floats.

    ``state`` is the state in the ledger (current, rejected, pending, superseded); ``message`` says why, where it is
    not current.
    """

    source_name: str
    billing_month: str | None
    delivery_id: str | None = None
    state: str = "current"
    is_new: bool = False
    file_count: int | None = None
    row_count: int | None = None
    byte_count: int | None = None
    cost_in: dict[str, str] = field(default_factory=dict)
    cost_out: dict[str, str] = field(default_factory=dict)
    residue: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    is_published: bool = False
    message: str | None = None


@dataclass
class RunReport:
    """One run. ``seconds`` is per step; ``reason`` says in words what was published or why not.

    ``failed_step`` is the step in which a run failed (a name of ``seconds``), None before the first one.

    ``checks`` are results one by one; ``tests_passed`` counts passed tests of models that are not among them.
    """

    run_id: str
    status: Status = "running"
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    finished_at: str | None = None
    publication_id: str | None = None
    former_publication_id: str | None = None
    reason: str = ""
    error: str | None = None
    failed_step: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    periods: list[PeriodReport] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    tests_passed: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def passed_count(self) -> int:
        """How many checks and tests passed."""
        return self.tests_passed + sum(check.passed for check in self.checks)

    @property
    def check_count(self) -> int:
        """How many checks and tests there were."""
        return self.tests_passed + len(self.checks)

    @property
    def findings(self) -> list[CheckResult]:
        """What checks found, without deliveries that no longer count, or never did: why is told with a refusal."""
        current = {period.delivery_id for period in self.periods if period.state == "current"}
        return [check for check in self.checks if not check.passed and check.delivery_id in (None, *current)]


def write_report(settings: Settings, report: RunReport) -> Path:
    """Write ``run_report.json`` in one step; a reader meets the former or the new one. Return its path."""
    report.finished_at = datetime.now(UTC).isoformat(timespec="seconds")
    content: dict[str, Any] = {"report_version": REPORT_VERSION} | asdict(report)
    del content["tests_passed"]
    failed = [check.as_dict() for check in report.checks if not check.passed]
    blocking = sum(check.blocks for check in report.checks)
    content["checks"] = {
        "total": report.check_count,
        "passed": report.passed_count,
        "failed": blocking,
        "warned": len(failed) - blocking,
        "not_passed": failed,
    }
    files.write_json(settings.run_report, content)
    return settings.run_report


def periods_of(database: Path) -> list[PeriodReport]:
    """Return what a published (or staged) database says of each delivery that is current, rejected or pending."""
    with duckdb.connect(str(database), read_only=True) as con:
        ledger = _rows(con, "from load_ledger where state <> 'superseded' order by source_name, billing_month")
        costs = _rows(con, "from reconciliation")
    by_delivery: dict[tuple, list[dict[str, Any]]] = {}
    for cost in costs:
        key = (cost["source_name"], cost["billing_month"], cost["delivery_id"])
        by_delivery.setdefault(key, []).append(cost)
    periods = []
    for entry in ledger:
        key = (entry["source_name"], entry["billing_month"], entry["delivery_id"])
        mine = by_delivery.get(key, []) if entry["state"] == "current" else []
        periods.append(
            PeriodReport(
                source_name=entry["source_name"],
                billing_month=str(entry["billing_month"])[:7] if entry["billing_month"] else None,
                delivery_id=entry["delivery_id"],
                state=entry["state"],
                file_count=entry.get("file_count"),
                row_count=entry.get("row_count"),
                byte_count=entry.get("byte_count"),
                cost_in=_by_currency(mine, "delivered_cost"),
                cost_out=_by_currency(mine, "published_cost"),
                residue=_by_currency(mine, "residue_cost"),
                is_published=entry["state"] == "current",
                message=entry.get("message"),
            )
        )
    return periods


def late_deliveries(database: Path, periods: list[PeriodReport]) -> list[str]:
    """Say of each closed month of which this run took a delivery what that puts into the books of the open month."""
    with duckdb.connect(str(database), read_only=True) as con:
        rows = _rows(
            con,
            "with closed as (select * from period_closes where state = 'closed'), entered as (select source_name, "
            "billing_month, posted_month, billing_currency, sum(billed_cost) as billed, sum(effective_cost) as "
            "effective from cost_daily where posted_month > billing_month and not exists (select 1 from closed where "
            "closed.source_name = cost_daily.source_name and closed.billing_month = cost_daily.posted_month) "
            "group by all) select * from closed left join entered using (source_name, billing_month) "
            "order by source_name, billing_month, billing_currency",
        )
    new = {(period.source_name, period.billing_month) for period in periods if period.is_new}
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        key = (row["source_name"], f"{row['billing_month']:%Y-%m}")
        if key not in new:
            continue
        closed = f"({row['closed_at']:%Y-%m-%d} by {row['closed_by']})"
        words = told.setdefault(key, [f"{key[0]} {key[1]}: a delivery came after the month was closed {closed}"])
        if row["posted_month"]:
            amount, effective = (f"{row[name]:+,.2f} {row['billing_currency']}" for name in ("billed", "effective"))
            also = "" if row["billed"] == row["effective"] else f" billed and {effective} effective"
            words.append(f"{amount}{also} in the books of {row['posted_month']:%Y-%m}")
    return [
        f"{words[0]}; it enters as {', '.join(words[1:])}. The closed month stands."
        if words[1:]
        else f"{words[0]}; it changes no cost."
        for words in told.values()
    ]


def wrong_budgets(database: Path) -> list[str]:
    """Say what is wrong with budgets of months to come, of the largest amounts in words."""
    with duckdb.connect(str(database), read_only=True) as con:
        rows = _rows(
            con,
            "from alerts where alert_kind = 'budget_check' and alert_state not in ('resolved', 'acknowledged') "
            "order by abs(impact_cost) desc nulls last, alert_id",
        )
    told, rest = rows[:_WRONG_BUDGETS], rows[_WRONG_BUDGETS:]
    texts = [f"{row['title']}. {row['message']}" for row in told]
    return [*texts, f"{counted(len(rest), 'more alert')} about budgets; see alerts."] if rest else texts


def _by_currency(rows: list[dict[str, Any]], column: str) -> dict[str, str]:
    return {str(row["billing_currency"]): plain(row[column]) for row in rows if row.get(column) is not None}


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = con.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
