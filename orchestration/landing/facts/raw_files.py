"""The raw folder of a delivery of facts: one Parquet file per delivered file, its cells as text, with their places.

A file keeps the number of each row where that is not its place in the file: lines may be blank, or longer than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.engine import identifier, literal, read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.formats.fact_base import FactFormat

FILE, ROW = "finops:file", "finops:row"
"""Where a row came from; delivered columns never have such names."""
POSITIONS = ("file_row_number", "filename")
"""Names by which the engine tells where a row is; a delivered column of such a name is kept under another."""
_NAME = "facts"


def write_rows(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write the rows of a query, text in all columns but for the place."""
    [rows] = connection.execute(
        f"copy ({query}) to {literal(str(target))} (format parquet, compression zstd)"
    ).fetchone()
    return rows


def next_part(folder: Path) -> Path:
    """Name the next file of a raw folder."""
    return folder / f"{_NAME}-{len(_parts_of(folder)) + 1:05d}.parquet"


def rows_of(fmt: FactFormat, folder: Path) -> str:
    """Select the rows of a raw folder in all columns of the format, with the file and row of each.

    The order in Parquet is that of the delivery.
    """
    nothing = [f"cast(null as varchar) as {identifier(column.name)}" for column in fmt.columns]
    nothing += [f"cast(null as bigint) as {identifier(ROW)}", "cast(null as bigint) as file_row_number"]
    place = f"file_row_number + case when ends_with(lower({identifier(FILE)}), '.parquet') then 1 else 2 end"
    files = read_parquet(_parts_of(folder), "union_by_name = true", "file_row_number = true")
    return (
        f"select * exclude (file_row_number) replace (coalesce({identifier(ROW)}, {place}) as {identifier(ROW)}) "
        f"from (select {', '.join(nothing)} where false union all by name select * from {files})"
    )


def _parts_of(folder: Path) -> list[Path]:
    """List what was written into a raw folder, in order."""
    return sorted(folder.glob(f"{_NAME}*.parquet"))
