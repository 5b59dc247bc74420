"""A large AWS export for the benchmark: all columns of CUR 2.0, many resources and tag sets, written fast.

Belongs here: how ten million lines are drawn by arithmetic from their number. Does not belong here: how a line looks
(`usage_columns`) and how fees follow from usage (`fees`, `charges`); those are the demo's. There is no truth beside it.

A block of 48 lines is one resource for two days, or for one day when each hour has a covered line and its negation.
Blocks
go round all resources, so that each appears, in more than one month, on a few whole days.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from . import charges, fees
from .bench_tables import CLASS, Plan, load_tables
from .columns import wide_select
from .cur2 import fee_query
from .engine import connect, megabytes, quoted, write_parquet
from .fee_lines import Delivery, Line, add_fees_to_days, add_lines, add_usage, create_tables
from .layout import Export
from .periods import GROSS, Month, Refresh, month_start, parse_month, stable_uuid
from .usage_columns import USAGE_SOURCE, usage_columns

_BLOCK = 48
_FILE_LINES = 300_000
_SMALL = 500_000  # below it the plan runs for one day a month, or its hourly fee would be most of the export


@dataclass(frozen=True)
class Written:
    """What was written: rows and files over all months."""

    root: Path
    rows: int
    files: int


def write_cur2(
    out: Path,
    lines: int,
    seed: int = 1,
    *,
    months: int = 12,
    start: str = "2025-01",
    resources: int = 50_000,
    tag_sets: int = 5_000,
    memory_limit: str = "2GB",
    threads: int = 2,
) -> Written:
    """Write about `lines` hourly lines into `out`, the root of one export; one delivery a month, in overwrite mode.

    Every line id is unique; the same arguments give the same bytes. The months are closed, invoiced and without a
    discount contract. Fees and taxes follow from the usage, so the rows differ from `lines` a little; `Written` tells.
    """
    out = Path(out).absolute()
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: a benchmark export is written to a new folder")
    plans = 1 if lines < _SMALL else 5
    first = parse_month(start)
    calendar = [_month(first, index, seed) for index in range(months)]
    is_whole = lines >= _SMALL
    fee_lines = plans * 730 + 900 if is_whole else 20
    usage = max(
        _BLOCK, round((lines / months - fee_lines) / 2) * 2
    )  # even: a covered line and its negation stay together
    plan = Plan(lines, seed, resources, tag_sets, usage, plans, is_whole)
    spill = out.with_name(f".{out.name}.spill")

    def write(month: Month) -> tuple[int, int]:
        with connect(megabytes(memory_limit) // threads, spill) as con:
            return _write_month(con, Export(out, "bench-cur2", is_overwrite=True), month, plan)

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(write, calendar))
    shutil.rmtree(spill, ignore_errors=True)
    return Written(out, sum(rows for rows, _ in done), sum(files for _, files in done))


def _month(first: object, index: int, seed: int) -> Month:
    begin, end = month_start(first, index), month_start(first, index + 1)
    hours = int((end - begin) / timedelta(hours=1))
    refresh = Refresh(
        stable_uuid("bench", seed, index), end + timedelta(days=5, hours=7), hours, is_complete=True, is_final=True
    )
    return Month(index, begin, end, GROSS, (refresh,))


def _usage(month: Month, plan: Plan, first: int, last: int) -> str:
    """Return the query of the usage lines with the numbers `first` up to, not with, `last`; columns as in `usage`."""
    days = (month.end - month.start).days
    base = month.index * -(-plan.lines_per_month // _BLOCK)
    plan_day = f"chance % {days}" if plan.has_whole_months else "0"
    return f"""
        WITH numbered AS (SELECT i, i % {_BLOCK} AS j, {base} + i // {_BLOCK} AS b FROM range({first}, {last}) AS t(i)),
        drawn AS (SELECT *, b % {plan.resources} AS r, mixed(b * 15485863 + {plan.seed} * 32452843 + 7) AS chance
            FROM numbered),
        placed AS (
            SELECT i, r, b, {CLASS} AS class, CASE WHEN {CLASS} = 'covered' THEN {plan_day} * 24 + j // 2
                ELSE chance % {days - 1} * 24 + j END AS hi,
                CASE WHEN {CLASS} = 'covered' THEN j % 2 ELSE 0 END AS part, mixed(i * 49979687 + 11) % 41 AS noise
            FROM drawn
        ),
        priced AS (
            SELECT p.*, s.price, s.commitment, s.plan_rate,
                CASE WHEN s.unit = 'Hrs' THEN 1000 ELSE s.quantity * (80 + p.noise) // 100 END AS quantity
            FROM placed AS p JOIN resources AS s ON s.r = p.r
        ),
        written AS (SELECT *, price * quantity // 1000 AS on_demand, plan_rate * quantity // 1000 AS committed
            FROM priced)
        SELECT
            r, 0 AS c, hi, part, CASE WHEN part = 1 THEN 'negation' ELSE class END AS kind, quantity, price, commitment,
                on_demand,
            CASE WHEN class = 'reserved' THEN 0 WHEN part = 1 THEN -on_demand ELSE on_demand END AS cost,
                null::BIGINT AS net,
            CASE WHEN part = 1 THEN 0 WHEN class = 'usage' THEN on_demand WHEN class = 'covered' THEN committed
                ELSE price * 6 // 10 * quantity // 1000 END AS effective,
            effective AS net_effective, line_id('bench|{plan.seed}|{month.index}|' || i) AS id
        FROM written ORDER BY i"""


def _settle(con: duckdb.DuckDBPyConnection, month: Month) -> None:
    """Set every commitment to more than was used of it: plans to their highest hour, reservations to 115 percent."""
    hours = month.hours
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE settled AS
        SELECT commitment, (max(used) // 100000 + 1) * 100000 AS hourly, 0 AS units
        FROM (SELECT commitment, hi, sum(used)::BIGINT AS used FROM plan_hours GROUP BY ALL) GROUP BY ALL
        UNION ALL
        SELECT commitment, 0, (sum(quantity)::BIGINT * 115 // 100000 + {hours} - 1) // {hours} FROM reserved
            GROUP BY ALL;
        UPDATE commitments SET
            amortized = CASE payment_option WHEN 'All Upfront' THEN s.hourly WHEN 'Partial Upfront'
                THEN s.hourly * 6 // 10 ELSE 0 END,
            recurring = CASE payment_option WHEN 'All Upfront' THEN 0 WHEN 'Partial Upfront' THEN s.hourly * 4 // 10
                ELSE s.hourly END
        FROM settled AS s WHERE s.commitment = commitments.commitment AND type = 'SP';
        UPDATE commitments SET units = s.units FROM settled AS s WHERE s.commitment = commitments.commitment
            AND type = 'RI';
        DELETE FROM commitments WHERE commitment NOT IN (SELECT commitment FROM settled)""")


def _add_credits(delivery: Delivery) -> None:
    begin, end = f"TIMESTAMP {quoted(delivery.month.start)}", f"TIMESTAMP {quoted(delivery.month.end)}"
    line = Line(
        kind="credit",
        line_type="Credit",
        key="s.account_id",
        account="s.account_id",
        code="'AmazonEC2'",
        name="'Amazon Elastic Compute Cloud'",
        description="'Promotional credit'",
        begin=begin,
        end=end,
        cost="-(s.cost // 50)",
    )
    paid = "SELECT account_id, sum(cost)::BIGINT AS cost FROM day_costs GROUP BY ALL HAVING sum(cost) > 0"
    source = f"({paid} ORDER BY ALL LIMIT 20) AS s"
    add_lines(delivery, line, source)


def _write_month(con: duckdb.DuckDBPyConnection, export: Export, month: Month, plan: Plan) -> tuple[int, int]:
    refresh, files = month.refreshes[0], []
    load_tables(con, month, plan)
    create_tables(con)
    columns = usage_columns(month, refresh, plan.seed)
    total, step = plan.lines_per_month, _FILE_LINES // _BLOCK * _BLOCK
    for first in range(0, total, step):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE usage_lines AS {_usage(month, plan, first, min(first + step, total))}"
        )
        add_usage(con)
        files.append(export.data_file(month, refresh, len(files) + 1))
        write_parquet(con, wide_select(columns, USAGE_SOURCE), files[-1])
    _settle(con, month)
    delivery = Delivery(con, month, refresh, plan.seed, copies=1)
    fees.add_recurring_fees(delivery)
    fees.add_reservation_fees(delivery)
    add_fees_to_days(con, "recurring_fee", "reservation_fee")
    charges.add_taxes(delivery)
    _add_credits(delivery)
    charges.add_support(delivery)
    files.append(export.data_file(month, refresh, len(files) + 1))
    write_parquet(con, fee_query(with_discount=True), files[-1])
    export.write_manifest(month, refresh, files, with_discount=True)
    count = con.execute("SELECT count(*) FROM fee_lines").fetchone()[0]
    return total + count, len(files)
