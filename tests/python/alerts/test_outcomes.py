"""How runs ended is kept, read by the next build, and survives a file that cannot be read."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb

from orchestration.alerts.outcomes import create_run_outcomes, record_outcome
from orchestration.doors.checks import CheckResult
from orchestration.report import RunReport

from .conftest import Home


def outcomes(home: Home) -> list[tuple]:
    """Read the raw relation."""
    with duckdb.connect() as con:
        con.execute("create schema raw")
        create_run_outcomes(con, "raw", home.settings)
        return con.execute("select run_id, run_status, finding_name from raw.run_outcomes order by all").fetchall()


def test_runs_that_published_or_failed_leave_a_note(home: Home) -> None:
    assert outcomes(home) == []
    check = CheckResult("invoices_tie", "Invoices tie", "build", "warning", passed=False, failing_rows=2)
    fine = CheckResult("fine", "Fine", "build", "warning", passed=True)
    assert record_outcome(home.settings, RunReport("r0", status="unchanged")) is None
    record_outcome(home.settings, RunReport("r1", status="published", checks=[check, fine]))
    path = record_outcome(home.settings, RunReport("r2", status="failed", error="No space."))
    assert outcomes(home) == [("r1", "published", "invoices_tie"), ("r1", "published", None), ("r2", "failed", None)]
    path.write_text("half a not")
    assert outcomes(home) == [("r1", "published", "invoices_tie"), ("r1", "published", None)]


def test_a_note_tells_when_the_run_began_and_an_older_one_need_not(home: Home) -> None:
    path = record_outcome(home.settings, RunReport("r1", status="published", started_at="2026-10-01T02:00:00+02:00"))
    older = json.loads(path.read_text()) | {"run_id": "r0"}
    del older["started_at"]
    path.with_name("20200101T000000.000000Z.v1.json").write_text(json.dumps(older))
    with duckdb.connect() as con:
        con.execute("create schema raw")
        create_run_outcomes(con, "raw", home.settings)
        found = con.execute("select run_id, started_at from raw.run_outcomes order by run_id").fetchall()
    assert found == [("r0", None), ("r1", datetime(2026, 10, 1))]  # noqa: DTZ001 - naive UTC
