"""CSV files of a million rows, as price sheets are: written into raw by the engine.

What the engine cannot read is looked at once more by the row reader, which names the line. No cell is judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.engine import identifier, literal, read_parquet, text_list
from orchestration.landing.facts.expressions import clean_text
from orchestration.landing.facts.raw_files import FILE, write_rows
from orchestration.landing.text_csv import open_csv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from orchestration.formats.fact_base import FactFormat


def write_csv(
    connection: duckdb.DuckDBPyConnection,
    fmt: FactFormat,
    path: Path,
    columns: dict[str, str],
    origin: str,
    where: str,
    target: Path,
) -> int:
    """Write all rows of a CSV file as Parquet; `columns` is column -> delivered name."""
    text, _ = open_csv(path, where, origin)
    cells = ", ".join(f"{text.fields[delivered].sql} as {identifier(name)}" for name, delivered in columns.items())
    query = f"select {cells}, {literal(origin)} as {identifier(FILE)} from {text.relation}"
    rows = write_rows(connection, query, target)
    _trim(connection, fmt, columns, target)
    return rows


def _trim(connection: duckdb.DuckDBPyConnection, fmt: FactFormat, names: Iterable[str], path: Path) -> None:
    """Take the blanks from around the cells. Most files have none: to ask is many times faster than to trim."""
    relation, columns = read_parquet([path]), [identifier(name) for name in names]
    asked = ", ".join(f"bool_or(starts_with({cell}, ' ') or ends_with({cell}, ' '))" for cell in columns)
    found = connection.execute(f"select {asked} from {relation}").fetchone()
    nothing = text_list(sorted(fmt.null_texts | {""}))
    if trimmed := [cell for cell, has_blanks in zip(columns, found, strict=True) if has_blanks]:
        cells = ", ".join(f"{clean_text(cell, nothing)} as {cell}" for cell in trimmed)
        clean = path.with_name(f"{path.name}.clean")
        write_rows(connection, f"select * replace ({cells}) from {relation}", clean)
        clean.replace(path)
