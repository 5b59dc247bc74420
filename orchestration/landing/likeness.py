"""How much files have in common: the hashes of what lines say, and how many of them any two files share.

A line is known by what it says (the format's content columns), a charge by the same without amounts: a charge that was
delivered with another amount is the same charge. What follows from it is decided in `refreshes.py` and `duplicates.py`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.formats import FORMATS
from orchestration.landing.engine import FILE_NAME, literal, read_lines_of
from orchestration.landing.expressions import column_sql
from orchestration.landing.nested import fields_of
from orchestration.landing.profile import schema_groups
from orchestration.landing.take import TakenFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.records import Delivery

_AMOUNTS = ("decimal", "rate")
_MANY_FILES = 100


@dataclass(frozen=True)
class Pair:
    """Two files that have lines in common."""

    first: str
    second: str
    share: float
    """Of the smaller one."""


@dataclass(frozen=True)
class CountingFile:
    """A file of a recorded delivery, as it was when it was taken."""

    delivery: Delivery
    file: TakenFile
    rows: int
    months: list[date]


def files_in_raw(raw_dir: Path, delivery: Delivery) -> list[CountingFile]:
    """List the files of a recorded delivery."""
    fmt, found = FORMATS[delivery.format], []
    for raw in delivery.files:
        types = dict(delivery.schemas[raw.schema])
        fields = fields_of(fmt, types)
        match, path = fmt.match(list(fields)), raw_dir / delivery.raw_folder / raw.path
        file = TakenFile(
            path, raw.origin, raw.bytes, raw.fingerprint, list(fields), types, match, match, raw.dataset, fields
        )
        found.append(CountingFile(delivery, file, raw.rows, raw.months))
    return found


@contextmanager
def hashed(connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile]) -> Iterator[None]:
    """Make the table `file_lines` (filename, line, charge) of the distinct lines of some files."""
    groups = schema_groups(files)
    charge = tuple(name for name in fmt.content_columns if fmt.by_name[name].kind not in _AMOUNTS)
    lines = " union all ".join(
        f"select {FILE_NAME}, {line_hash(fmt, group, fmt.content_columns, by_meaning=len(groups) > 1)} as line, "
        f"{line_hash(fmt, group, charge, by_meaning=len(groups) > 1)} as charge from {read_lines(group)}"
        for group in groups
    )
    connection.execute(f"create or replace temp table file_lines as select distinct * from ({lines})")
    try:
        yield
    finally:
        connection.execute("drop table file_lines")


class Likeness:
    """How alike the files in `file_lines` are, by their lines or by their charges."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, by: str) -> None:
        """`by`: `line` or `charge`."""
        # A hash in very many files says nothing about any two, and every two of them would have to be compared.
        connection.execute(f"""
            create or replace temp table items as
            with items as (select distinct filename, {by} as item from file_lines),
            common as (select item from items group by item having count(*) > {_MANY_FILES})
            select * from items anti join common using (item)
        """)
        connection.execute("""
            create or replace temp table shared as
            with several as (select item from items group by item having count(*) > 1)
            select * from items semi join several using (item)
        """)
        self.counts = dict(connection.execute("select filename, count(*) from items group by all").fetchall())
        self._repeated = dict(connection.execute("select filename, count(*) from shared group by all").fetchall())
        self.pairs = [
            Pair(first, second, common / min(self.counts[first], self.counts[second]))
            for first, second, common in connection.execute("""
                select a.filename, b.filename, count(*)
                from shared as a join shared as b on a.item = b.item and a.filename < b.filename
                group by all
                order by all
            """).fetchall()
        ]
        connection.execute("drop table items; drop table shared")

    def repeated_share(self, path: str) -> float:
        """Tell how much of a file is in any of the others."""
        return self._repeated.get(path, 0) / self.counts.get(path, 1)


def line_hash(fmt: Format, group: list[TakenFile], columns: tuple[str, ...], *, by_meaning: bool = False) -> str:
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


def read_lines(group: list[TakenFile]) -> str:
    """Read files of the same columns, each line with its file."""
    return read_lines_of(file.path for file in group)
