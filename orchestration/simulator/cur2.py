"""The AWS export of the company: every delivery of every month, file by file, and the truth about the newest one.

Belongs here: the order of work for one delivery, in chunks that keep memory bounded. Does not belong here: what a line
is
(`usage`, `fees`, `charges`) and where files go (`layout`).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from . import charges, fees
from .columns import cur2_columns, wide_select
from .company import Commitment
from .engine import quoted, write_parquet
from .fee_lines import Delivery, add_fees_to_days, add_usage, create_tables, truth_of_fees
from .fleet import Resource
from .layout import Export
from .periods import NET, NET_EFFECTIVE, Month, Refresh
from .usage import usage_query
from .usage_columns import USAGE_SOURCE, truth_of_usage, usage_columns

CHUNK_LINES = 300_000
"""Lines of usage held at a time; a delivery has one file per chunk, and one for what follows from the usage."""

EXPORT_NAME = "harbourline-cur2"


@dataclass(frozen=True)
class Company:
    """What is simulated: its fleet, its commitments, and how many copies of it, which share the accounts."""

    fleet: list[Resource]
    bought: list[Commitment]
    seed: int
    copies: int = 1


def usage_count(con: duckdb.DuckDBPyConnection, company: Company, month: Month, refresh: Refresh) -> int:
    """Return the usage lines of one copy of the company in one delivery; expects `load_month` to have run."""
    return con.execute(f"SELECT count(*) FROM ({usage_query(month, refresh, company.seed, (0, 1))})").fetchone()[0]


def _chunks(copies: int, lines_per_copy: int) -> list[tuple[int, int]]:
    step = max(1, CHUNK_LINES // max(1, lines_per_copy))
    return [(first, min(first + step, copies)) for first in range(0, copies, step)]


def fee_query(*, with_discount: bool) -> str:
    """Return the query of `fee_lines` with the columns of an export."""
    columns = dict.fromkeys(cur2_columns(with_discount=with_discount)) | {
        "line_item_usage_account_name": "a.account_name"
    }
    fields = ", ".join(f"{expression or f'f.{name}'} AS {name}" for name, expression in columns.items())
    source = "fee_lines AS f JOIN accounts AS a ON a.account_id = f.line_item_usage_account_id"
    return f"SELECT {fields} FROM {source} ORDER BY f.rowid"


def write_delivery(
    con: duckdb.DuckDBPyConnection, company: Company, export: Export, month: Month, refresh: Refresh, truth: Path | None
) -> dict[str, object]:
    """Write one delivery, and the truth about its lines into the folder `truth` if one is given.

    Returns the row of the delivery for `deliveries`: rows and cost as delivered. Expects `load_month` to have run.
    """
    with_discount = month.discount_mode != NET_EFFECTIVE
    columns = usage_columns(month, refresh, company.seed)
    create_tables(con)
    files, rows, cost = [], 0, 0
    chunks = _chunks(company.copies, usage_count(con, company, month, refresh))
    for copies in chunks:
        con.execute(f"CREATE OR REPLACE TEMP TABLE usage_lines AS {usage_query(month, refresh, company.seed, copies)}")
        add_usage(con)
        files.append(export.data_file(month, refresh, len(files) + 1))
        write_parquet(con, wide_select(columns, USAGE_SOURCE, with_discount=with_discount), files[-1])
        if truth is not None:
            write_parquet(con, truth_of_usage(month), truth / f"lines-aws_payer-{month.name}-{len(files):05d}.parquet")
        paid = "coalesce(net, cost)" if month.discount_mode == NET else "cost"
        some = con.execute(f"SELECT count(*), sum({paid}) FROM usage_lines").fetchone()
        rows, cost = rows + some[0], cost + int(some[1] or 0)

    delivery = Delivery(con, month, refresh, company.seed, company.copies)
    fees.add_recurring_fees(delivery)
    fees.add_reservation_fees(delivery)
    fees.add_upfront_fees(delivery)
    add_fees_to_days(con, "recurring_fee", "reservation_fee")
    charges.add_discounts(delivery)
    charges.add_taxes(delivery)
    charges.add_one_time_fees(delivery)
    charges.add_credits_and_refunds(delivery)
    if refresh.is_complete:
        charges.add_support(delivery)
    files.append(export.data_file(month, refresh, len(files) + 1))
    write_parquet(con, fee_query(with_discount=with_discount), files[-1])
    if truth is not None:
        write_parquet(con, truth_of_fees(month), truth / f"lines-aws_payer-{month.name}-{len(files):05d}.parquet")
    paid = "coalesce(t_net, t_cost)" if month.discount_mode == NET else "t_cost"
    some = con.execute(f"SELECT count(*), sum({paid}) FROM fee_lines").fetchone()
    export.write_manifest(month, refresh, files, with_discount=with_discount)
    return {
        "source_name": "aws_payer",
        "billing_month": month.start.date(),
        "execution_id": refresh.execution_id,
        "executed_at": refresh.executed_at,
        "is_newest": truth is not None,
        "discount_mode": month.discount_mode,
        "row_count": rows + some[0],
        "delivered_cost": cost + int(some[1] or 0),
        "file_count": len(files),
    }


def commitment_truth(con: duckdb.DuckDBPyConnection, company: Company, month: Month) -> list[tuple]:
    """Return the truth per commitment for the newest delivery, just written: one row each, money in units of 1e-10.

    Columns: month, id, key, type, committed, used, unused (before discounts), net committed, net used, net unused,
    upfront paid, refunded, amortized, net amortized.
    """
    until = f"TIMESTAMP {quoted(month.start)} + INTERVAL {month.refreshes[-1].hours} HOUR"
    prefix = "a.net_" if month.is_discounted else "a."
    net_hourly = f"({prefix}amortized + {prefix}recurring)"
    return con.execute(f"""
        WITH active AS (
            SELECT *, units * {company.copies} * CASE WHEN returned_at IS NOT NULL THEN 0 ELSE greatest(0,
                date_diff('hour',
                greatest(starts, TIMESTAMP {quoted(month.start)}), least(ends, {until}))) END AS unit_hours
            FROM commitments
        ),
        used AS (
            SELECT commitment, sum(used)::BIGINT AS used, sum(net_used)::BIGINT AS net_used FROM (
                SELECT commitment, used, net_used FROM plan_hours UNION ALL SELECT commitment, used, net_used
                    FROM reserved)
            GROUP BY ALL
        ),
        paid AS (
            SELECT t_commitment AS arn, sum(t_billed) FILTER (t_kind IN ('upfront_fee',
                'reservation_upfront_fee')) AS upfront,
                sum(t_billed) FILTER (t_kind = 'upfront_refund') AS refunded
            FROM fee_lines GROUP BY ALL
        )
        SELECT
            DATE {quoted(month.start.date())}, a.arn, a.commitment, a.type,
            (a.amortized + a.recurring) * a.unit_hours, coalesce(u.used, 0),
            (a.amortized + a.recurring) * a.unit_hours - coalesce(u.used, 0),
            {net_hourly} * a.unit_hours,
            coalesce(u.net_used, 0),
            {net_hourly} * a.unit_hours - coalesce(u.net_used, 0),
            coalesce(p.upfront, 0), coalesce(p.refunded, 0), a.amortized * a.unit_hours,
            {prefix}amortized * a.unit_hours
        FROM active AS a LEFT JOIN used AS u ON u.commitment = a.commitment LEFT JOIN paid AS p ON p.arn = a.arn
        ORDER BY a.commitment""").fetchall()
