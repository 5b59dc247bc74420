"""Outcomes of runs: whether each run published or failed, and what its checks found, one file per run.

A build cannot know how its own run ends, so it reads how the ones before ended: the raw relation `run_outcomes`. A run
with nothing new has no outcome.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration import files
from orchestration.landing.engine import identifier

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.report import RunReport
    from orchestration.settings import Settings

VERSION = 1
SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("ended_at", pa.timestamp("us")),
        ("run_status", pa.string()),
        ("run_message", pa.string()),
        ("finding_name", pa.string()),
        ("finding_source_name", pa.string()),
        ("finding_severity", pa.string()),
        ("finding_row_count", pa.int64()),
        ("finding_message", pa.string()),
        ("started_at", pa.timestamp("us")),
        ("finding_delivery_id", pa.string()),
        ("finding_billing_month", pa.string()),
    ]
)
_KEPT_RUNS = 1000
"""So many of the newest outcomes are read: far more than runs since the last one that published, and months of them."""


def record_outcome(settings: Settings, report: RunReport) -> Path | None:
    """Write how a run ended, if it published or failed."""
    if report.status not in ("published", "failed"):
        return None
    now = datetime.now(UTC).replace(tzinfo=None)
    content = {
        "version": VERSION,
        "run_id": report.run_id,
        "started_at": report.started_at,
        "ended_at": now.isoformat(timespec="microseconds"),
        "run_status": report.status,
        "run_message": report.error or report.reason,
        "findings": [
            {
                "finding_name": check.name,
                "finding_source_name": check.source_name,
                "finding_severity": check.severity,
                "finding_row_count": check.failing_rows,
                "finding_message": check.sentence(),
                "finding_delivery_id": check.delivery_id,
                "finding_billing_month": check.billing_month,
            }
            for check in report.checks
            if not check.passed
        ],
    }
    target = _folder(settings) / f"{now:%Y%m%dT%H%M%S.%f}Z.v{VERSION}.json"
    files.write_json(target, content)
    return target


def create_run_outcomes(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings) -> None:
    """Write the raw relation `run_outcomes`: a row per run, and one per finding of its checks."""
    rows = []
    for path in sorted(_folder(settings).glob("[!.]*.json"))[-_KEPT_RUNS:]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            run = {name: content[name] for name in ("run_id", "run_status", "run_message")}
            run["ended_at"] = datetime.fromisoformat(content["ended_at"])
            if "started_at" in content:  # notes of earlier versions do not tell
                run["started_at"] = datetime.fromisoformat(content["started_at"]).astimezone(UTC).replace(tzinfo=None)
            rows += [run, *(run | finding for finding in content["findings"])]
        except (ValueError, KeyError, TypeError):
            continue  # an unreadable note about a former run is no reason to build nothing
    table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], SCHEMA)
    connection.register("run_outcome_rows", table)
    connection.execute(f"create or replace table {identifier(schema)}.run_outcomes as select * from run_outcome_rows")
    connection.unregister("run_outcome_rows")


def _folder(settings: Settings) -> Path:
    return settings.state_dir / "run_outcomes"
