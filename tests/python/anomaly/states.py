"""What publications said of anomalies, as the search reads it back."""

from __future__ import annotations

from typing import Any

import duckdb

from orchestration.kept import ANOMALY_STATES


def said(connection: duckdb.DuckDBPyConnection, *rows: dict[str, Any]) -> None:
    """Let a publication have said these; what they do not name is null."""
    columns = {"publication_id": "varchar", **ANOMALY_STATES.columns}
    written = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table finops_raw.anomaly_states ({written})")
    for row in rows:
        mine = {"publication_id": "1", "currency": "USD"} | {name: row[name] for name in columns if name in row}
        marks = ", ".join("?" * len(mine))
        connection.execute(
            f"insert into finops_raw.anomaly_states ({', '.join(mine)}) values ({marks})", list(mine.values())
        )
