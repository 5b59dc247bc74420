"""What this run's checks have found by now is written for the feed of alerts, whole checks too."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from orchestration import analysis
from orchestration.analysis import Context
from orchestration.analysis.checks import CHECKS
from orchestration.analysis.warehouse import DuckDBWarehouse
from orchestration.doors.checks import CheckResult

CHECKED = (
    CheckResult("rows_plausible", "Rows", "payer", "warning", passed=False, failing_rows=1, source_name="payer"),
    CheckResult("invoices_tie", "Invoices tie", "build", "warning", passed=True),
)


def test_checks_are_told_with_what_they_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(analysis, "analyses", lambda: (CHECKS,))
    with duckdb.connect() as con:
        warehouse = DuckDBWarehouse(con)
        analysis.create_empty(warehouse)
        context = Context(warehouse, dt.datetime(2026, 10, 31), "p", tmp_path, CHECKED)  # noqa: DTZ001 - naive UTC
        assert analysis.run_analyses(lambda _: context) == ["run_checks"]
        rows = con.execute("select * from finops_analysis.run_checks order by 1").fetchall()
    assert rows == [
        ("invoices_tie", None, True, 0, None),
        ("rows_plausible", "payer", False, 1, CHECKED[0].sentence()),
    ]
