"""Lines and files that repeat each other in every column, inside one delivery: lines are counted, never dropped.

A fully identical line must agree in the format's identity columns (AWS: line id and time interval; FOCUS, which has
no line id: what the line says). So the number of distinct hashes of those few columns is compared with the number of
lines, and only where they differ are the suspects compared in all columns. That costs about one second for ten
million lines. An AWS line id alone repeats in real exports and means nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.costs import cost_sql
from orchestration.landing.engine import read_parquet
from orchestration.landing.expressions import MONEY
from orchestration.landing.likeness import line_hash, read_lines
from orchestration.landing.profile import currency_sql, month_of, schema_groups
from orchestration.landing.records import EXACT

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.profile import Profile
    from orchestration.landing.take import TakenFile


@dataclass
class Duplicates:
    """Lines that repeat another line in every column: how many (beyond the first of each), and their cost."""

    row_count: int = 0
    costs: dict[str, Decimal] = field(default_factory=dict)


def refuse_same_file_twice(files: list[TakenFile], profile: Profile, where: str) -> None:
    """Reject a delivery with two files of the same content (empty ones apart: surplus chunks are all alike)."""
    seen: dict[tuple[str, str], TakenFile] = {}
    for file in files:
        first = seen.setdefault((file.dataset, file.fingerprint), file)
        if first is not file and profile.file_rows[str(file.path)]:
            raise DeliveryRejected(
                f"{where}: the files '{first.origin}' and '{file.origin}' have the same content; loading both would "
                "double their cost. Remove one of them.",
                file=file.origin,
            )


def find_duplicates(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile]
) -> dict[date, Duplicates]:
    """Count the fully identical lines of each month; a month without any is not in the answer."""
    if not files:
        return {}
    lines = " union all ".join(
        f"select {line_hash(fmt, group, fmt.identity_columns)} as line from {read_lines(group)}"
        for group in schema_groups(files)
    )
    distinct, total = connection.execute(f"select count(distinct line), count(*) from ({lines})").fetchone()
    if distinct == total:
        return {}
    connection.execute(
        f"create or replace temp table suspects as select line from ({lines}) group by line having count(*) > 1"
    )
    found: dict[date, Duplicates] = defaultdict(Duplicates)
    for group in _comparable(files):
        for month, currency, rows, cost in connection.execute(_repeated(fmt, group)).fetchall():
            found[month].row_count += rows
            costs = found[month].costs
            costs[currency] = EXACT.add(costs.get(currency, Decimal(0)), cost)
    connection.execute("drop table suspects")
    return dict(found)


def _comparable(files: list[TakenFile]) -> list[list[TakenFile]]:
    """Put files together that have the same columns, in whatever order: only their lines can be identical."""
    groups: dict[tuple[str, frozenset[tuple[str, str]]], list[TakenFile]] = defaultdict(list)
    for file in files:
        groups[file.dataset, frozenset(file.types.items())].append(file)
    return list(groups.values())


def _repeated(fmt: Format, group: list[TakenFile]) -> str:
    file = group[0]
    return f"""
        select
            {month_of(fmt, file)} as month, {currency_sql(fmt, file)} as currency,
            cast(sum(copies - 1) as bigint) as rows,
            cast(coalesce(sum((copies - 1) * {cost_sql(fmt, file).rounded}), 0) as {MONEY}) as cost
        from (
            select *, count(*) as copies
            from {read_parquet([item.path for item in group], "union_by_name = true")}
            where {line_hash(fmt, group, fmt.identity_columns)} in (select line from suspects)
            group by all
            having count(*) > 1
        )
        group by all
    """
