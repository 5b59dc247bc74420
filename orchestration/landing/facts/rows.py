"""The rows of a delivery of facts as checks see them: the relations that hold them, and how a message names one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.landing.engine import identifier
from orchestration.landing.facts.raw_files import FILE, ROW

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats.fact_base import FactFormat

VALUES, BESIDE = "fact_values", "fact_rows"
PLACE = f"{identifier(FILE)}, {identifier(ROW)}"


class Rows:
    """The typed rows of one delivery (`VALUES`), and with those of other sources of the same fact (`BESIDE`)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fmt: FactFormat) -> None:
        """Look at the rows of `fmt` in `connection`."""
        self._connection, self._fmt = connection, fmt

    def first(self, query: str) -> dict[str, Any] | None:
        """Return the first row of a query by column name."""
        result = self._connection.execute(query)
        names = [column[0] for column in result.description]
        row = result.fetchone()
        return dict(zip(names, row, strict=True)) if row else None


def names_sql(names: tuple[str, ...]) -> str:
    """List columns in SQL."""
    return ", ".join(identifier(name) for name in names)


def about(row: dict[str, Any], names: tuple[str, ...]) -> str:
    """Say what a row is about by the values of these columns."""
    return ", ".join(str(row[name]) for name in names if row[name] is not None)


def row_name(file: str, number: int) -> str:
    """Name a row as the reader of the file finds it: lines of a text, rows of a table."""
    return f"{'row' if file.lower().endswith('.parquet') else 'line'} {number}"


def place(file: str, number: int, here: str, source: str | None) -> str:
    """Name the other row of two."""
    if source is not None:
        return f"{row_name(file, number)} of file '{file}' of source {source}"
    return row_name(file, number) if file == here else f"{row_name(file, number)} of file '{file}'"
