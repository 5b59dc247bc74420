"""The analysis `checks`: what the checks of this very run have found by now, for the feed of alerts.

Belongs here: checks as rows. Those of the front door and of the first half of the build are known when analyses run;
what is checked later (what reads the analyses, and the back door) is shown by the next publication.
"""

from __future__ import annotations

import pyarrow as pa

from orchestration.analysis import Analysis, Context

SCHEMA = pa.schema(
    [
        ("check_name", pa.string()),
        ("source_name", pa.string()),
        ("has_passed", pa.bool_()),
        ("failing_rows", pa.int64()),
        ("check_message", pa.string()),
    ]
)


def _compute(context: Context) -> dict[str, pa.Table]:
    rows = [
        {
            "check_name": check.name,
            "source_name": check.source_name,
            "has_passed": check.passed,
            "failing_rows": check.failing_rows,
            "check_message": None if check.passed else check.sentence(),
        }
        for check in context.checks
    ]
    return {"run_checks": pa.Table.from_pylist(rows, SCHEMA)}


CHECKS = Analysis("checks", (), {"run_checks": SCHEMA}, _compute)
