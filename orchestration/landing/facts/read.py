"""Delivered files into one table of text, cell by cell, with the file and row of each. No cell is judged here.

CSV is read by Python's own reader, which keeps to the line numbers that a person sees in an editor; facts are small.
What is large is read by the engine; see `read_large.py`.
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
from orchestration.formats.base import name_key
from orchestration.landing.convert import is_gzip
from orchestration.landing.engine import first_line, identifier, is_shortage, literal, read_parquet
from orchestration.landing.facts.read_large import FILE, ROW, next_part, rows_of, unpacked, write_csv, write_rows
from orchestration.landing.facts.records import FACTS_FILE
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
    """Read all files (path, origin) into `TABLE`; DeliveryRejected names the file and line that cannot be read.

    What is large is written into the folder `raw` at once; the rest by `keep_files`.
    """
    if fmt.is_large:
        read = [_read_file(connection, fmt, path, origin, raw, where) for path, origin in files]
        connection.execute(f"create or replace temp view {TABLE} as {rows_of(fmt, raw)}")
        return read
    columns = [FILE, *[column.name for column in fmt.columns]]
    connection.execute(
        f"create or replace temp table {TABLE} "
        f"({', '.join(f'{identifier(name)} varchar' for name in columns)}, {identifier(ROW)} bigint)"
    )
    return [_read_one(connection, fmt, path, origin, raw, where) for path, origin in files]


def keep_files(connection: duckdb.DuckDBPyConnection, fmt: FactFormat, raw: Path) -> None:
    """Write what was read into the folder `raw`."""
    if not fmt.is_large:
        write_rows(connection, f"select * from {TABLE}", raw / FACTS_FILE)


def _read_file(
    connection: duckdb.DuckDBPyConnection, fmt: FactFormat, path: Path, origin: str, raw: Path, where: str
) -> ReadFile:
    """Read one delivered file; an archive may hold several, which are read as one."""
    parts = unpacked(path, origin, where)
    read = []
    for part, name in parts:
        read.append(_read_one(connection, fmt, part, name, raw, where))
        if len(parts) > 1:
            part.unlink()
    return ReadFile(
        origin,
        sum(file.rows for file in read),
        {column: name for file in read for column, name in file.placed.items()},
        list(dict.fromkeys(name for file in read for name in file.unknown)),
        list(dict.fromkeys(name for file in read for name in file.names)),
    )


def _read_one(
    connection: duckdb.DuckDBPyConnection, fmt: FactFormat, path: Path, origin: str, raw: Path, where: str
) -> ReadFile:
    if origin.lower().endswith(".parquet"):
        try:
            names = pq.read_schema(path).names
        except (pa.ArrowException, OSError) as error:
            raise _damaged(where, origin, str(error).splitlines()[0]) from None
        placed, unknown = _place(fmt, names, where, origin)
        rows = _insert_parquet(connection, fmt, path, origin, placed, unknown, raw, where)
    else:
        names = csv_header(path, where, origin)
        placed, unknown = _place(fmt, names, where, origin)
        with _explained(path, origin, where):
            rows = _insert_csv(connection, fmt, path, origin, names, placed, unknown, raw, where)
    return ReadFile(origin, rows, placed, unknown, names)


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
        raise DeliveryRejected(
            f"{where}: the file '{origin}' lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
            f"{hint} The header of {fmt.title} is: {fmt.header} ({fmt.reference}).",
            file=origin,
        )
    return placed, unknown


def _insert_csv(
    connection: duckdb.DuckDBPyConnection,
    fmt: FactFormat,
    path: Path,
    origin: str,
    names: list[str],
    placed: dict[str, str],
    unknown: list[str],
    raw: Path,
    where: str,
) -> int:
    if fmt.is_large:
        try:
            columns = placed | {name: name for name in unknown}
            return write_csv(connection, fmt, path, columns, origin, where, next_part(raw))
        except duckdb.Error as error:
            if is_shortage(error):
                raise
            reason = first_line(error)
    else:
        _add_unknown(connection, unknown)
    # The order of the cells is the file's; each is looked up by the place of its name there.
    targets = {delivered: column for column, delivered in placed.items()} | {name: name for name in unknown}
    schema = pa.schema([(targets[name], pa.string()) for name in names] + [(FILE, pa.string()), (ROW, pa.int64())])
    rows = 0
    with gzip.open(path) if is_gzip(path) else path.open("rb") as handle:
        reader = csv.reader(io.TextIOWrapper(handle, "utf-8-sig", newline=""), strict=True)
        lines = _lines(reader, len(names), fmt.null_texts | {""}, origin, where)
        if fmt.is_large:  # only to find the line that the engine could not read
            deque(lines, maxlen=0)
            raise csv.Error(reason)
        while batch := list(islice(lines, _BATCH)):
            arrays = [[cells[place] for _, cells in batch] for place in range(len(names))]
            table = pa.table([*arrays, [origin] * len(batch), [number for number, _ in batch]], schema=schema)
            connection.register("fact_batch", table)
            connection.execute(f"insert into {TABLE} by name select * from fact_batch")
            connection.unregister("fact_batch")
            rows += len(batch)
    return rows


def _lines(
    reader: Iterator[list[str]], width: int, nothing: frozenset[str], origin: str, where: str
) -> Iterator[tuple[int, list[str | None]]]:
    """Give each row after the header with the number of its line; blank lines are passed over."""
    next(reader)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            raise DeliveryRejected(
                f"{where}: in file '{origin}', line {reader.line_num}, there are {len(cells)} values for {width} "
                "columns; a comma inside a value needs quotes around the value.",
                file=origin,
            )
        yield reader.line_num, [None if (text := cell.strip()) in nothing else text for cell in cells]


def _insert_parquet(
    connection: duckdb.DuckDBPyConnection,
    fmt: FactFormat,
    path: Path,
    origin: str,
    placed: dict[str, str],
    unknown: list[str],
    raw: Path,
    where: str,
) -> int:
    relation = read_parquet([path], "file_row_number = true")
    try:
        types = {row[0]: row[1] for row in connection.execute(f"describe select * from {relation}").fetchall()}
        cells = [f"{_cell(identifier(placed[name]), types[placed[name]])} as {identifier(name)}" for name in placed]
        cells += [f"{_cell(identifier(name), types[name])} as {identifier(name)}" for name in unknown]
        cells += [f"{literal(origin)} as {identifier(FILE)}"]
        if fmt.is_large:
            return write_rows(connection, f"select {', '.join(cells)} from {relation}", next_part(raw))
        _add_unknown(connection, unknown)
        cells += [f"file_row_number + 1 as {identifier(ROW)}"]
        connection.execute(f"insert into {TABLE} by name select {', '.join(cells)} from {relation}")
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise _damaged(where, origin, first_line(error)) from None
    return pq.read_metadata(path).num_rows


def _cell(value: str, physical: str) -> str:
    """Write a typed value as the text that a person would have written."""
    if physical == "TIMESTAMP WITH TIME ZONE":
        value = f"({value} at time zone 'UTC')"
    return f"nullif(trim({f'decode({value})' if physical == 'BLOB' else f'cast({value} as varchar)'}), '')"


def _add_unknown(connection: duckdb.DuckDBPyConnection, unknown: list[str]) -> None:
    for name in unknown:
        connection.execute(f"alter table {TABLE} add column if not exists {identifier(name)} varchar")


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
