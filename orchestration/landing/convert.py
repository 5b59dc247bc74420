"""CSV to typed Parquet, once: text becomes exact decimals, naive UTC times and maps, or the delivery is rejected.

Also what can be learned from a file's first bytes (is it empty, is it gzip, what is its header). Parquet is never
rewritten; see `take.py` for copying.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from typing import TYPE_CHECKING

import duckdb

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import first_line, identifier, literal, text_list
from orchestration.landing.expressions import (
    is_day_first_sql,
    map_sql,
    spread_sql,
    text_exact_sql,
    text_timestamp_sql,
)

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.formats import Column, ColumnMatch, Format

NULL_TEXTS = ("", "NULL", "(null)", "None", "null")
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEADER_LIMIT = 1 << 20
_BAD_VALUE = "landing-bad-value"
_WORDS = {
    "decimal": "a number",
    "timestamp": "a date (it must be written as 2026-01-31 or 2026-01-31T00:00:00Z; 1/31/26 is read month first)",
}
_DAY_FIRST = (
    "the first day of a month, as the begin of a billing period is; a date with slashes is read month first. If your "
    "provider writes the day first, have it write dates as 2026-01-31"
)


def csv_header(path: Path, where: str, file: str) -> list[str]:
    """Read the column names of a CSV file, gzip or plain; DeliveryRejected if there is no readable header."""
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as handle:
            start = handle.read(_HEADER_LIMIT)
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({error}); copy it again.", file=file
        ) from None
    if start.startswith(_UTF16):
        raise DeliveryRejected(f"{where}: the file '{file}' is UTF-16; save it as UTF-8.", file=file)
    # A character may be cut at the end of what was read; a bad one in the header shows as U+FFFD.
    text = start.decode("utf-8-sig", errors="replace")
    names = next(csv.reader(io.StringIO(text, newline="")), [])
    if not any(name.strip() for name in names):
        raise DeliveryRejected(f"{where}: the file '{file}' has no header line; copy or export it again.", file=file)
    if any("\ufffd" in name for name in names):
        raise _not_utf8(where, file)
    return [name if name.strip() else f"column_{number}" for number, name in enumerate(names, start=1)]


def is_gzip(path: Path) -> bool:
    """Tell gzip by its content: some clients unpack `.gz` on the way and keep the name."""
    with path.open("rb") as handle:
        return handle.read(2) == _GZIP


def convert_csv(
    connection: duckdb.DuckDBPyConnection, fmt: Format, path: Path, names: list[str], match: ColumnMatch, target: Path
) -> None:
    """Write `path` as Parquet with the canonical columns that it has, typed, and its unknown columns as text.

    duckdb.Error with the name of a bad value's column goes out as it is; `explain_failure` makes it a sentence.
    """
    positions = {name: f"c{position}" for position, name in enumerate(names)}
    kept = fmt.kept_columns(match)
    columns = [
        f"{_typed(fmt, fmt.by_name[name], positions[delivered])} as {identifier(name)}"
        for name, delivered in match.direct.items()
        if delivered not in kept
    ]
    for name, keys in match.spread.items():
        if name == fmt.rest_column or kept.issuperset(keys.values()):
            continue  # its columns are kept as they are, and read together where they are asked for
        by_position = {key: f"nullif({positions[delivered]}, '')" for key, delivered in keys.items()}
        columns.append(f"{spread_sql(by_position)} as {identifier(name)}")
    columns += [f"{positions[name]} as {identifier(name)}" for name in [*match.unknown, *sorted(kept)]]
    connection.execute(
        f"copy (select {', '.join(columns)} from {_read_csv(path, len(names))}) "
        f"to {literal(str(target))} (format parquet, compression zstd)"
    )


def explain_failure(
    connection: duckdb.DuckDBPyConnection,
    error: duckdb.Error,
    fmt: Format,
    path: Path,
    names: list[str],
    match: ColumnMatch,
    where: str,
    file: str,
) -> DeliveryRejected:
    """Say what is wrong with a CSV file that could not be converted: row, column and value, or line."""
    text = str(error)
    bad = re.search(_BAD_VALUE + r":(\w+)", text)
    if bad:
        column = fmt.by_name[bad.group(1)]
        delivered = match.direct[column.name]
        row, value, is_day_first = _first_bad(connection, fmt, column, path, names, delivered)
        word = _DAY_FIRST if is_day_first else _WORDS[column.kind]
        return DeliveryRejected(
            f"{where}: in file '{file}', row {row} after the header, column '{delivered}', the value '{value}' is not "
            f"{word}; export the file again or repair it.",
            file=file,
        )
    if "GZIP" in text.upper() or "gzip" in text:
        return DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({first_line(error)}); copy it again.", file=file
        )
    if "unicode" in text.lower() or "utf-8" in text.lower():
        return _not_utf8(where, file, text)
    return DeliveryRejected(
        f"{where}: the file '{file}' cannot be read as CSV: {first_line(error)} Export or copy it again.", file=file
    )


def _read_csv(path: Path, width: int) -> str:
    columns = ", ".join(f"'c{position}': 'varchar'" for position in range(width))
    compression = "gzip" if is_gzip(path) else "none"
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = {text_list(NULL_TEXTS)}, compression = '{compression}')"
    )


def _parsed(fmt: Format, column: Column, value: str) -> str:
    if column.kind == "decimal":
        return text_exact_sql(value)
    parsed = text_timestamp_sql(value)
    if column.name == fmt.month_first_column:
        return f"case when not {is_day_first_sql(value)} then {parsed} end"
    return parsed


def _typed(fmt: Format, column: Column, value: str) -> str:
    """Read text in its type; a value that cannot be read ends the query with the name of its column."""
    if column.kind == "map":
        return map_sql(value, "VARCHAR")
    if column.kind not in _WORDS:
        return value  # rates stay text, digit by digit
    failure = f"error('{_BAD_VALUE}:{column.name}')"
    return f"case when {value} is not null then coalesce({_parsed(fmt, column, value)}, {failure}) end"


def _first_bad(
    connection: duckdb.DuckDBPyConnection, fmt: Format, column: Column, path: Path, names: list[str], delivered: str
) -> tuple[int, str, bool]:
    """Find the first bad value: its row, itself, and whether it is a date with the day first."""
    position = f"c{names.index(delivered)}"
    day_first = is_day_first_sql("value") if column.name == fmt.month_first_column else "false"
    row = connection.execute(
        f"select number, value, {day_first} from (select row_number() over () as number, {position} as value "
        f"from {_read_csv(path, len(names))}) where value is not null and {_parsed(fmt, column, 'value')} is null "
        "order by number limit 1"
    ).fetchone()
    return (int(row[0]), str(row[1])[:100], bool(row[2])) if row else (0, "", False)


def _not_utf8(where: str, file: str, text: str = "") -> DeliveryRejected:
    line = re.search(r"Line: (\d+)", text)
    place = f" (line {line.group(1)})" if line else ""
    return DeliveryRejected(f"{where}: the file '{file}' is not UTF-8{place}; save it as UTF-8.", file=file)
