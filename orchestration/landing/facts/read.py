"""Delivered files into one table of text, cell by cell, with the file and row of each. No cell is judged here.

Each delivered file becomes one Parquet file in raw. CSV is read by Python's own reader, which keeps to the line numbers
that a person sees in an editor; what is large is read by the engine (`read_large.py`).
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryRejected
from orchestration.formats import FORMATS, identify
from orchestration.formats.base import name_key
from orchestration.landing.convert import is_gzip
from orchestration.landing.engine import first_line, identifier, is_shortage, literal, read_parquet
from orchestration.landing.facts.archives import unpacked
from orchestration.landing.facts.raw_files import FILE, POSITIONS, ROW, next_part, rows_of, write_rows
from orchestration.landing.facts.read_large import write_csv
from orchestration.landing.text_csv import csv_header

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.formats.fact_base import FactFormat

TABLE = "fact_cells"
_BATCH = 50_000


@dataclass(frozen=True)
class ReadFile:
    """One delivered file as it was read: columns of the format -> delivered name, and what has no place in it."""

    origin: str
    rows: int
    placed: dict[str, str]
    unknown: list[str]
    names: list[str]


def read_files(
    connection: duckdb.DuckDBPyConnection, fmt: FactFormat, files: list[tuple[Path, str]], raw: Path, where: str
) -> list[ReadFile]:
    """Write all files (path, origin) into the folder `raw`, and show them as `TABLE`.

    DeliveryRejected names the file and line that cannot be read.
    """
    reader = _Reader(connection, fmt, raw, where)
    read = [reader.file(path, origin) for path, origin in files]
    kind = "view" if fmt.is_large else "table"  # checks ask a small one many times
    connection.execute(f"create or replace temp {kind} {TABLE} as {rows_of(fmt, raw)}")
    return read


class _Reader:
    """Writes delivered files of one fact into a raw folder."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fmt: FactFormat, raw: Path, where: str) -> None:
        """Write files of `fmt` into `raw`; `where` begins every message."""
        self._connection, self._fmt, self._raw, self._where = connection, fmt, raw, where

    def file(self, path: Path, origin: str) -> ReadFile:
        """Write one delivered file; an archive may hold several, which are read as one."""
        parts = unpacked(path, origin, self._where)
        read = []
        for part, name in parts:
            read.append(self._part(part, name))
            if len(parts) > 1:
                part.unlink()
        return ReadFile(
            origin,
            sum(file.rows for file in read),
            {column: name for file in read for column, name in file.placed.items()},
            list(dict.fromkeys(name for file in read for name in file.unknown)),
            list(dict.fromkeys(name for file in read for name in file.names)),
        )

    def _part(self, path: Path, origin: str) -> ReadFile:
        is_parquet = origin.lower().endswith(".parquet")
        names = _parquet_names(path, self._where, origin) if is_parquet else csv_header(path, self._where, origin)
        placed, unknown = _place(self._fmt, names, self._where, origin)
        columns = placed | {f"{name}_" if name in POSITIONS else name: name for name in unknown}
        if is_parquet:
            rows = self._parquet(path, origin, columns)
        else:
            with _explained(path, origin, self._where):
                rows = (self._large_csv if self._fmt.is_large else self._csv)(path, origin, names, columns)
        return ReadFile(origin, rows, placed, unknown, names)

    def _csv(self, path: Path, origin: str, names: list[str], columns: dict[str, str]) -> int:
        # The order of the cells is the file's; each is looked up by the place of its name there.
        targets = {delivered: column for column, delivered in columns.items()}
        schema = pa.schema([(targets[name], pa.string()) for name in names] + [(FILE, pa.string()), (ROW, pa.int64())])
        rows = 0
        with self._lines(path, origin, len(names)) as lines, pq.ParquetWriter(next_part(self._raw), schema) as target:
            while batch := list(islice(lines, _BATCH)):
                cells = zip(*(row for _, row in batch), strict=True)
                places = [[origin] * len(batch), [number for number, _ in batch]]
                target.write_table(pa.table([*map(list, cells), *places], schema=schema))
                rows += len(batch)
        return rows

    def _large_csv(self, path: Path, origin: str, names: list[str], columns: dict[str, str]) -> int:
        try:
            return write_csv(self._connection, self._fmt, path, columns, origin, self._where, next_part(self._raw))
        except duckdb.Error as error:
            if is_shortage(error):
                raise
            reason = first_line(error)
        with self._lines(path, origin, len(names)) as lines:  # only to find the line that the engine could not read
            deque(lines, maxlen=0)
        raise csv.Error(reason)

    @contextmanager
    def _lines(self, path: Path, origin: str, width: int) -> Iterator[Iterator[tuple[int, list[str | None]]]]:
        """Read each row after the header with the number of its line; blank lines are passed over."""
        nothing = self._fmt.null_texts | {""}

        def rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str | None]]]:
            next(reader)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != width:
                    raise DeliveryRejected(
                        f"{self._where}: in file '{origin}', line {reader.line_num}, there are {len(cells)} values for "
                        f"{width} columns; a comma inside a value needs quotes around the value.",
                        file=origin,
                    )
                yield reader.line_num, [None if (text := cell.strip()) in nothing else text for cell in cells]

        with gzip.open(path) if is_gzip(path) else path.open("rb") as handle:
            yield rows(csv.reader(io.TextIOWrapper(handle, "utf-8-sig", newline=""), strict=True))

    def _parquet(self, path: Path, origin: str, columns: dict[str, str]) -> int:
        relation = read_parquet([path])
        try:
            described = self._connection.execute(f"describe select * from {relation}").fetchall()
            types = {row[0]: row[1] for row in described}
            cells = [f"{_cell(identifier(name), types[name])} as {identifier(to)}" for to, name in columns.items()]
            query = f"select {', '.join(cells)}, {literal(origin)} as {identifier(FILE)} from {relation}"
            return write_rows(self._connection, query, next_part(self._raw))
        except duckdb.Error as error:
            if is_shortage(error):
                raise
            raise _damaged(self._where, origin, first_line(error)) from None


def _parquet_names(path: Path, where: str, origin: str) -> list[str]:
    try:
        return pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        raise _damaged(where, origin, str(error).splitlines()[0]) from None


def _place(fmt: FactFormat, names: list[str], where: str, origin: str) -> tuple[dict[str, str], list[str]]:
    """Find the column of each delivered name; DeliveryRejected if one is twice there or a required one is missing."""
    placed: dict[str, str] = {}
    seen: dict[str, str] = {}
    unknown: list[str] = []
    for name in names:
        column = fmt.by_key.get(name_key(name))
        place = column.name if column else name_key(name) or name
        if place in seen:
            raise DeliveryRejected(
                f"{where}: the file '{origin}' has one column twice, as '{seen[place]}' and '{name}'; remove one.",
                file=origin,
            )
        seen[place] = name
        if column:
            placed[column.name] = name
        else:
            unknown.append(name)
    needed = [column.name for column in fmt.columns if column.required or column.name in fmt.expected]
    missing = [name for name in needed if name not in placed]
    if missing:
        hint = ""
        if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
            hint = " Its values seem to be separated by something else than commas; save it with commas."
        elif found := identify(names):
            hint = f" Its columns look like {FORMATS[found].title}; write `format: {found}`."
        raise DeliveryRejected(
            f"{where}: the file '{origin}' lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
            f"{hint} The header of {fmt.title} is: {fmt.header} ({fmt.reference}).",
            file=origin,
        )
    return placed, unknown


def _cell(value: str, physical: str) -> str:
    """Write a typed value as the text that a person would have written."""
    if physical == "TIMESTAMP WITH TIME ZONE":
        value = f"({value} at time zone 'UTC')"
    return f"nullif(trim({f'decode({value})' if physical == 'BLOB' else f'cast({value} as varchar)'}), '')"


@contextmanager
def _explained(path: Path, origin: str, where: str) -> Iterator[None]:
    """Put into words what Python's readers say of a file."""
    try:
        yield
    except UnicodeDecodeError:
        raise DeliveryRejected(
            f"{where}: the file '{origin}' is not UTF-8 (line {_bad_line(path)}); save it as UTF-8.", file=origin
        ) from None
    except csv.Error as error:
        raise DeliveryRejected(
            f"{where}: the file '{origin}' cannot be read as CSV ({error}); save it as CSV again.", file=origin
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRejected(
            f"{where}: the file '{origin}' is cut off or damaged ({error}); copy it again.", file=origin
        ) from None


def _bad_line(path: Path) -> int:
    """Find the first line with bytes that are no UTF-8."""
    with gzip.open(path) if is_gzip(path) else path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0


def _damaged(where: str, origin: str, reason: str) -> DeliveryRejected:
    return DeliveryRejected(
        f"{where}: the Parquet file '{origin}' is cut off or damaged ({reason}); copy it again.", file=origin
    )
