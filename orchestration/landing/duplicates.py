"""Lines that repeat each other: inside one delivery (counted, never dropped), and across files that are refreshes.

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
from orchestration.landing.engine import literal, read_parquet
from orchestration.landing.expressions import MONEY, column_sql
from orchestration.landing.profile import currency_sql, month_of, schema_groups
from orchestration.landing.records import EXACT

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.profile import Profile
    from orchestration.landing.take import TakenFile

_LIKENESS = 0.9
_MANY_FILES = 100


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


def refuse_refreshes(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], profile: Profile, where: str
) -> None:
    """Reject files that nothing lists if more than 90 % of the lines of one are in another of the same month.

    Or in all the others together: an export that needs fewer files than the one before leaves the last ones behind.
    """
    filled = {str(file.path): file for file in files if profile.file_rows[str(file.path)]}
    months = {path: profile.file_months[path] for path in filled}
    if sum(map(len, months.values())) == len(set().union(*months.values())):
        return  # each file has months of its own
    groups = schema_groups(files)
    lines = " union all ".join(
        f"select filename, {_hash(fmt, group, fmt.content_columns, by_meaning=len(groups) > 1)} as line "
        f"from {_read(group)}"
        for group in groups
    )
    # A line in very many files says nothing about any two of them, and every two of them would have to be compared.
    connection.execute(f"""
        create or replace temp table content_lines as
        with lines as (select distinct filename, line from ({lines})),
        common as (select line from lines group by line having count(*) > {_MANY_FILES})
        select * from lines anti join common using (line)
    """)
    counts = dict(connection.execute("select filename, count(*) from content_lines group by all").fetchall())
    shared = connection.execute("""
        with shared as (select line from content_lines group by line having count(*) > 1)
        select a.filename, b.filename, count(*)
        from (select * from content_lines semi join shared using (line)) as a
        join content_lines as b on a.line = b.line and a.filename < b.filename
        group by all
        order by all
    """).fetchall()
    repeated = dict(
        connection.execute("""
            with shared as (select line from content_lines group by line having count(*) > 1)
            select filename, count(*) from content_lines semi join shared using (line) group by all
        """).fetchall()
    )
    connection.execute("drop table content_lines")
    for path, other, common in shared:
        first, second = filled[path], filled[other]
        share = common / min(counts[path], counts[other])
        if share > _LIKENESS and first.dataset == second.dataset and months[path] & months[other]:
            raise DeliveryRejected(
                f"{where}: the files '{first.origin}' and '{second.origin}' look like two refreshes of one bill: "
                f"{share:.0%} of the lines of the smaller are in the other too. A folder of files is one snapshot, all "
                "of its files together, so both would be counted. Keep only the newer file in the folder; or, if the "
                "provider writes refreshes with manifests, keep its folders as they are and name their parent as uri; "
                "or, if these really are separate charges, put them into one file.",
                file=second.origin,
            )
    for file in reversed(files):
        share = repeated.get(str(file.path), 0) / counts.get(str(file.path), 1)
        if share > _LIKENESS:
            raise DeliveryRejected(
                f"{where}: the file '{file.origin}' looks like one that an earlier export left behind: {share:.0%} of "
                "its lines are in the other files too, and both would be counted. Remove it, or empty the folder and "
                "export again.",
                file=file.origin,
            )


def find_duplicates(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile]
) -> dict[date, Duplicates]:
    """Count the fully identical lines of each month; a month without any is not in the answer."""
    if not files:
        return {}
    lines = " union all ".join(
        f"select {_hash(fmt, group, fmt.identity_columns)} as line from {_read(group)}"
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
            where {_hash(fmt, group, fmt.identity_columns)} in (select line from suspects)
            group by all
            having count(*) > 1
        )
        group by all
    """


def _hash(fmt: Format, group: list[TakenFile], columns: tuple[str, ...], *, by_meaning: bool = False) -> str:
    """Hash the columns that these files have; without any of them, those that say what the line is.

    `by_meaning`: in their canonical types, to compare files that write the same in different ways.
    """
    file = group[0]
    if by_meaning:
        read = [column_sql(fmt.by_name[name], file.match, file.fields, converted=False) for name in columns]
    else:
        names = [name for name in columns if name in file.match.direct]
        names = names or [name for name in fmt.content_columns if name in file.match.direct]
        read = [file.read(name).sql for name in names]
    return f"hash({', '.join([literal(file.dataset), *read])})"


def _read(group: list[TakenFile]) -> str:
    return read_parquet([file.path for file in group], "filename = true")
