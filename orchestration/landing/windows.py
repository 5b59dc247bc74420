"""Measures of one thing over windows of time that overlap: a day, and its hours beside it. Both would be added up.

Lines of the very same window are not meant: a thing may be measured in several lines, and lines that repeat each other
are the business of `duplicates.py`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import FILE_NAME
from orchestration.landing.expressions import column_sql
from orchestration.landing.likeness import read_lines
from orchestration.landing.profile import schema_groups

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile


def refuse_overlaps(connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], where: str) -> None:
    """Reject a delivery with two windows of one thing that overlap without being the same."""
    if fmt.window_columns is None or not files:
        return
    things = [name for name in fmt.content_columns if name not in fmt.window_columns]
    lines = " union all ".join(_windows(fmt, group, things) for group in schema_groups(files))
    if not _any_overlap(connection, lines):
        return
    found = connection.execute(f"""
        with windows as (
            select thing, started, ended, min(filename) as file
            from ({lines})
            where ended > started and is_named
            group by thing, started, ended
        ),
        ordered as (
            select
                started, ended, file,
                lag(started) over thing as former_start,
                lag(ended) over thing as former_end,
                lag(file) over thing as former
            from windows
            window thing as (partition by thing order by started, ended desc)
        )
        select former, cast(former_start as varchar), cast(former_end as varchar), file, cast(started as varchar),
            cast(ended as varchar), count(*) over () as overlaps
        from ordered
        where started < former_end
        order by former, file, started
        limit 1
    """).fetchone()
    if found is None:
        return
    origins = {str(file.path): file.origin for file in files}
    first, second = origins[found[0]], origins[found[3]]
    raise DeliveryRejected(
        f"{where}: the file '{first}' measures {found[1]} until {found[2]}, and '{second}' {found[4]} until {found[5]} "
        f"of the same {', '.join(things[:-1])} and {things[-1]} ({found[6]:,} such overlaps): both would be added up. "
        "Export in one step alone (by day, or by hour), and remove the files of the other.",
        file=second,
    )


def _any_overlap(connection: duckdb.DuckDBPyConnection, lines: str) -> bool:
    """Tell whether any two windows overlap, whatever they are of: most exports have one step, and few windows."""
    windows = connection.execute(
        f"select distinct started, ended from ({lines}) where ended > started order by started, ended"
    ).fetchall()
    return any(started < former_end for (_, former_end), (started, _) in pairwise(windows))


def _windows(fmt: Format, group: list[TakenFile], things: list[str]) -> str:
    """Read what lines measure, and when; a window without an end is a day."""
    file = group[0]
    read = {
        name: column_sql(fmt.by_name[name], file.match, file.fields, converted=False)
        for name in (*things, *fmt.window_columns)
    }
    start, end = (read.pop(name) for name in fmt.window_columns)
    return (
        f"select {FILE_NAME}, hash({', '.join(read.values())}) as thing, "
        f"{read[fmt.window_of]} is not null as is_named, {start} as started, "
        f"coalesce({end}, {start} + interval 1 day) as ended from {read_lines(group)}"
    )
