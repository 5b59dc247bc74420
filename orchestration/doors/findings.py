"""What failing rows say themselves: the column `finding` of a check or test is a sentence's worth about each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def findings(con: duckdb.DuckDBPyConnection, failing_rows_sql: str, most: int) -> str:
    """Give the first few findings as one sentence, in their order; empty where rows have none."""
    if " as finding" not in failing_rows_sql:
        return ""
    found = con.execute(
        f"select distinct finding from ({failing_rows_sql}) where finding is not null order by 1"
    ).fetchall()
    if not found:
        return ""
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return f"{'; '.join([*(text for (text,) in found[:most]), *more])}."
