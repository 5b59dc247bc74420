"""What is true about the lines: the columns of the truth, and its sums.

Belongs here: the shape of the truth files and the totals drawn from them. Does not belong here: how a line gets its
true
cost (`usage_columns`, `fees`, `saas` state it where they make the line).

Five families of files, all Parquet: `lines-<source>-<month>-<part>` has one row per line of the newest delivery of a
month; `commitments` one row per commitment and month; `totals` one row per source, month and currency; `deliveries` one
row per delivery, the superseded ones too; `events` (`story`) one row per thing that happened.
"""

from pathlib import Path

import duckdb

from .engine import load_rows, quoted, write_parquet

LINE_COLUMNS: dict[str, str] = {
    "source_name": "VARCHAR",
    "billing_month": "DATE",
    "line_id": "VARCHAR",
    "kind": "VARCHAR",
    "billing_currency": "VARCHAR",
    "billed_cost": "DECIMAL(38, 10)",
    "effective_cost": "DECIMAL(38, 10)",
    "gross_effective_cost": "DECIMAL(38, 10)",
    "list_cost": "DECIMAL(38, 10)",
    "charge_start": "TIMESTAMP",
    "sub_account_id": "VARCHAR",
    "team": "VARCHAR",
    "evidence": "VARCHAR",
    "product": "VARCHAR",
    "environment": "VARCHAR",
    "cost_center": "VARCHAR",
    "commitment_id": "VARCHAR",
}
"""`billed_cost` sums to the invoice, `effective_cost` is amortized and after discounts, `gross_effective_cost`
before."""

UPFRONT_KINDS = ("upfront_fee", "upfront_refund", "reservation_upfront_fee", "commitment_purchase")
"""Kinds that pay for usage to come: their effective cost is 0, what they paid is amortized."""

_COMMITMENT_COLUMNS = (
    *("committed_cost", "used_cost", "unused_cost", "net_committed_cost", "net_used_cost", "net_unused_cost"),
    *("upfront_billed_cost", "refunded_cost", "amortized_upfront_cost", "net_amortized_upfront_cost"),
)


def write_commitments(con: duckdb.DuckDBPyConnection, rows: list[tuple], folder: Path) -> None:
    """Write `commitments`: source, currency and what `cur2.commitment_truth` returns; money becomes decimal(38, 10)."""
    keys = {
        "source_name": "VARCHAR",
        "billing_currency": "VARCHAR",
        "billing_month": "DATE",
        "commitment_id": "VARCHAR",
        "commitment_key": "VARCHAR",
    } | {"commitment_type": "VARCHAR"}
    load_rows(con, "commitment_rows", keys | dict.fromkeys(_COMMITMENT_COLUMNS, "BIGINT"), rows)
    money = ", ".join(f"exact({name}) AS {name}" for name in _COMMITMENT_COLUMNS)
    order = "source_name, billing_month, commitment_key"
    query = f"SELECT {', '.join(keys)}, {money} FROM commitment_rows ORDER BY {order}"
    write_parquet(con, query, folder / "commitments.parquet")


def write_deliveries(con: duckdb.DuckDBPyConnection, rows: list[dict[str, object]], folder: Path) -> None:
    """Write `deliveries`: one row per delivery of AWS with its rows and the cost that it delivers."""
    columns = {
        "source_name": "VARCHAR", "billing_month": "DATE", "execution_id": "VARCHAR", "executed_at": "TIMESTAMP",
        "is_newest": "BOOLEAN", "discount_mode": "VARCHAR", "row_count": "BIGINT", "delivered_cost": "BIGINT",
        "file_count": "BIGINT",
    }  # fmt: skip
    load_rows(con, "delivery_rows", columns, [[row[name] for name in columns] for row in rows])
    fields = "* REPLACE (exact(delivered_cost) AS delivered_cost)"
    query = f"SELECT {fields} FROM delivery_rows ORDER BY billing_month, executed_at"
    write_parquet(con, query, folder / "deliveries.parquet")


def write_totals(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `totals` from the lines in the folder: rows, billed, effective, and the bridge between the two.

    effective = billed - upfront_billed + amortized_upfront, exactly, per source, month and currency.
    """
    kinds = ", ".join(quoted(kind) for kind in UPFRONT_KINDS)
    query = f"""
        WITH sums AS (
            SELECT source_name, billing_month, billing_currency, count(*) AS row_count,
                sum(billed_cost) AS billed_cost, sum(effective_cost) AS effective_cost,
                sum(gross_effective_cost) AS gross_effective_cost, sum(list_cost) AS list_cost,
                coalesce(sum(billed_cost) FILTER (kind IN ({kinds})), 0) AS upfront_billed_cost
            FROM read_parquet({quoted(folder / "lines-*.parquet")}) GROUP BY ALL
        ),
        amortized AS (
            SELECT source_name, billing_month, billing_currency, sum(net_amortized_upfront_cost) AS cost
            FROM read_parquet({quoted(folder / "commitments.parquet")}) GROUP BY ALL
        )
        SELECT s.*, coalesce(a.cost, 0)::DECIMAL(38, 10) AS amortized_upfront_cost
        FROM sums AS s LEFT JOIN amortized AS a USING (source_name, billing_month, billing_currency)
        ORDER BY s.source_name, s.billing_month, s.billing_currency"""
    write_parquet(con, query, folder / "totals.parquet")
