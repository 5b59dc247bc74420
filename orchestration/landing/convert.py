"""Text to typed Parquet, once: text becomes exact decimals, naive UTC times and maps, or the delivery is rejected.

Here is what CSV and JSON lines have in common; how a file of each is opened is in `text_csv.py` and `text_json.py`.
Parquet is never rewritten; see `take.py` for copying.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import first_line, identifier, literal
from orchestration.landing.expressions import (
    EXACT_DIGITS,
    is_day_first_sql,
    list_sql,
    map_sql,
    month_sql,
    spread_sql,
    text_exact_sql,
    text_timestamp_sql,
)
from orchestration.words import too_large

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.formats import Column, ColumnMatch, Format
    from orchestration.landing.nested import Field

_GZIP = b"\x1f\x8b"
_LOOK = 64
_UTF16 = "UTF-16; save it as UTF-8"
_KINDS = {
    b"\xff\xfe": _UTF16,
    b"\xfe\xff": _UTF16,
    b"PK\x03\x04": "a ZIP archive or a workbook, whatever its name says; unpack it, or save it as CSV",
    b"PAR1": "Parquet, whatever its name says; let its name end in .parquet",
    b"Obj\x01": "Avro, whatever its name says; let its name end in .avro",
}
_BAD_VALUE = "landing-bad-value"
_WORDS = {
    "decimal": "a number",
    "timestamp": "a date (it must be written as 2026-01-31 or 2026-01-31T00:00:00Z; 1/31/26 is read month first)",
    "month": "a month (it must be written as 202601 or 2026-01)",
    "list": "a list that can be read, with numbers where it has amounts",
}
_DAY_FIRST = (
    "the first day of a month, as the begin of a billing period is; a date with slashes is read month first. If your "
    "provider writes the day first, have it write dates as 2026-01-31"
)


@dataclass(frozen=True)
class TextFile:
    """A file of text as SQL reads it: every field is text, whatever it means."""

    path: Path
    relation: str
    fields: dict[str, Field]
    """By name as delivered."""
    word: str
    """What the file is, for a message."""
    place: str
    """How to say where row {number} is."""
    find_bad_line: Callable[[Path, str], str | None] = lambda _, __: None
    """Find the first line that breaks the rules of the file's kind, and say what is wrong with it; given the file and
    what the engine said of it."""


def is_gzip(path: Path) -> bool:
    """Tell gzip by its content: some clients unpack `.gz` on the way and keep the name."""
    with path.open("rb") as handle:
        return handle.read(2) == _GZIP


def refuse_other_kinds(start: bytes, where: str, file: str) -> None:
    """Reject a file whose first bytes are of another kind than its name says."""
    kind = next((words for mark, words in _KINDS.items() if start.startswith(mark)), None)
    if kind is None and b"\0" in start[:_LOOK]:
        kind = _UTF16
    if kind:
        raise DeliveryRejected(f"{where}: the file '{file}' is {kind}.", file=file)


def convert_text(
    connection: duckdb.DuckDBPyConnection, fmt: Format, text: TextFile, match: ColumnMatch, target: Path
) -> None:
    """Write a text file as Parquet with the canonical columns that it has, typed, and its unknown columns as text.

    duckdb.Error with the name of a bad value's column goes out as it is; `explain_failure` makes it a sentence.
    """
    kept = fmt.kept_columns(match)
    columns = [
        f"{_typed(fmt, fmt.by_name[name], text.fields[delivered].sql)} as {identifier(name)}"
        for name, delivered in match.direct.items()
        if delivered not in kept
    ]
    for name, keys in match.spread.items():
        if name == fmt.rest_column or kept.issuperset(keys.values()):
            continue  # its columns are kept as they are, and read together where they are asked for
        by_key = {key: f"nullif({text.fields[delivered].sql}, '')" for key, delivered in keys.items()}
        columns.append(f"{spread_sql(by_key)} as {identifier(name)}")
    columns += [f"{text.fields[name].sql} as {identifier(name)}" for name in [*match.unknown, *sorted(kept)]]
    connection.execute(
        f"copy (select {', '.join(columns)} from {text.relation}) "
        f"to {literal(str(target))} (format parquet, compression zstd)"
    )


def explain_failure(
    connection: duckdb.DuckDBPyConnection,
    error: duckdb.Error,
    fmt: Format,
    text: TextFile,
    match: ColumnMatch,
    where: str,
    file: str,
) -> DeliveryRejected:
    """Say what is wrong with a file that could not be converted: row, column and value, or line."""
    message = str(error)
    bad = re.search(_BAD_VALUE + r":(\w+)", message)
    if bad:
        column = fmt.by_name[bad.group(1)]
        delivered = match.direct[column.name]
        number, value, is_day_first = _first_bad(connection, fmt, column, text, delivered)
        words = f"is not {_DAY_FIRST if is_day_first else _WORDS[column.kind]}"
        if column.kind == "decimal":
            words = too_large(value, EXACT_DIGITS) or words
        return DeliveryRejected(
            f"{where}: in file '{file}', {text.place.format(number=number)}, column '{delivered}', the value '{value}' "
            f"{words}; export the file again or repair it.",
            file=file,
        )
    if "GZIP" in message.upper():
        return DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({first_line(error)}); copy it again.", file=file
        )
    try:
        line = text.find_bad_line(text.path, message)
    except (OSError, EOFError, zlib.error) as damage:
        return DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({damage}); copy it again.", file=file
        )
    if line is None and ("unicode" in message.lower() or "utf-8" in message.lower()):
        return not_utf8(where, file, message)
    if line is not None:
        return DeliveryRejected(f"{where}: in file '{file}', {line}; export or copy the file again.", file=file)
    return DeliveryRejected(
        f"{where}: the file '{file}' cannot be read as {text.word}: {first_line(error)} Export or copy it again.",
        file=file,
    )


def not_utf8(where: str, file: str, text: str = "") -> DeliveryRejected:
    """Say that a file is not UTF-8, and where if `text` tells it."""
    line = re.search(r"Line: (\d+)", text)
    place = f" (line {line.group(1)})" if line else ""
    return DeliveryRejected(f"{where}: the file '{file}' is not UTF-8{place}; save it as UTF-8.", file=file)


def _parsed(fmt: Format, column: Column, value: str) -> str:
    """Read text in a type that not every text has; null if it cannot be read."""
    if column.kind == "decimal":
        return text_exact_sql(value)
    if column.kind == "month":
        return month_sql(column, value, "VARCHAR")
    if column.kind == "list":
        return _parsed_list(fmt, column, value)
    parsed = text_timestamp_sql(value)
    if column.name == fmt.month_first_column:
        return f"case when not {is_day_first_sql(value)} then {parsed} end"
    return parsed


def _parsed_list(fmt: Format, column: Column, value: str) -> str:
    """Read a list of structs; null also if one of its amounts is no number."""
    texts = list_sql(column, value, "VARCHAR", lambda _, inner, __: inner)
    shape = f"STRUCT({', '.join(f'{identifier(part.name)} VARCHAR' for part in column.parts)})[]"
    numbers = [f"item.{identifier(part.name)}" for part in column.parts if part.kind == "decimal"]
    bad = " or ".join(f"({name} is not null and {text_exact_sql(name)} is null)" for name in numbers) or "false"
    typed = list_sql(
        column, texts, shape, lambda part, inner, _: _parsed(fmt, part, inner) if part.kind in _WORDS else inner
    )
    return f"case when len(list_filter({texts}, lambda item: {bad})) > 0 then null else {typed} end"


def _typed(fmt: Format, column: Column, value: str) -> str:
    """Read text in its type; a value that cannot be read ends the query with the name of its column."""
    if column.kind == "map":
        return value if column.name in fmt.late_maps else map_sql(value, "VARCHAR")
    if column.kind not in _WORDS:
        return value  # rates stay text, digit by digit
    failure = f"error('{_BAD_VALUE}:{column.name}')"
    return f"case when {value} is not null then coalesce({_parsed(fmt, column, value)}, {failure}) end"


def _first_bad(
    connection: duckdb.DuckDBPyConnection, fmt: Format, column: Column, text: TextFile, delivered: str
) -> tuple[int, str, bool]:
    """Find the first bad value: its row, itself, and whether it is a date with the day first."""
    day_first = is_day_first_sql("value") if column.name == fmt.month_first_column else "false"
    values = f"select row_number() over () as number, {text.fields[delivered].sql} as value from {text.relation}"
    row = connection.execute(
        f"select number, value, {day_first} from ({values}) "
        f"where value is not null and {_parsed(fmt, column, 'value')} is null order by number limit 1"
    ).fetchone()
    return (int(row[0]), str(row[1])[:100], bool(row[2])) if row else (0, "", False)
