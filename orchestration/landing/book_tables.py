"""The books as tables in the build database: which deliveries enter as differences, and what was closed and reopened.

Nothing is decided here; see `books.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from orchestration.landing.books import keep_books
from orchestration.landing.closes import CLOSED

if TYPE_CHECKING:
    import duckdb

    from orchestration.landing.ledger import Ledger

_LATE_ENTRIES = pa.schema(
    {
        "source_name": pa.string(),
        "billing_month": pa.date32(),
        "line_source_name": pa.string(),
        "delivery_id": pa.string(),
        "posted_month": pa.date32(),
        "entry_sign": pa.int64(),
    }
)
_CLOSES = pa.schema(
    {
        "source_name": pa.string(),
        "billing_month": pa.date32(),
        "state": pa.string(),
        "delivery_id": pa.string(),
        "closed_publication_id": pa.string(),
        "closed_at": pa.timestamp("us"),
        "closed_by": pa.string(),
        "close_reason": pa.string(),
        "reopened_at": pa.timestamp("us"),
        "reopened_by": pa.string(),
        "reopen_reason": pa.string(),
    }
)


def create_book_tables(connection: duckdb.DuckDBPyConnection, schema_name: str, ledger: Ledger) -> None:
    """Write the tables late_entries and closes."""
    for name, schema, rows in (
        ("late_entries", _LATE_ENTRIES, _late_rows(ledger)),
        ("closes", _CLOSES, _close_rows(ledger)),
    ):
        connection.register("book_facts", pa.Table.from_pylist(rows, schema))
        connection.execute(f"create or replace table {schema_name}.{name} as select * from book_facts")
        connection.unregister("book_facts")


def _late_rows(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "source_name": item.source_name,
            "billing_month": item.billing_month,
            "line_source_name": item.line_source_name,
            "delivery_id": item.delivery_id,
            "posted_month": item.posted_month,
            "entry_sign": item.sign,
        }
        for item in keep_books(ledger).differences
    ]


def _close_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """Give a row per close, with the reopening that ended it."""
    rows: list[dict[str, Any]] = []
    standing: dict[tuple[str, Any], dict[str, Any]] = {}
    for fact in ledger.closes:
        key = (fact.source_name, fact.month)
        if fact.state == CLOSED:
            standing[key] = {
                "source_name": fact.source_name,
                "billing_month": fact.month,
                "state": fact.state,
                "delivery_id": fact.delivery_id,
                "closed_publication_id": fact.publication_id,
                "closed_at": fact.at,
                "closed_by": fact.by,
                "close_reason": fact.why,
            }
            rows.append(standing[key])
        elif key in standing:
            reopening = {"state": fact.state, "reopened_at": fact.at, "reopened_by": fact.by, "reopen_reason": fact.why}
            standing.pop(key).update(reopening)
    return rows
