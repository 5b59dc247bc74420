"""The DuckDB connection of the landing, and quoting. Nothing here knows about exports."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from orchestration import stops
from orchestration.errors import DeliveryRejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from orchestration.settings import Settings

_FILE_NAME = "finops:file"
FILE_NAME = f'"{_FILE_NAME}" as filename'
"""The file of a line, to be selected; at times exports have a column `filename` of their own."""
ROW_NUMBER = '"finops:row"'
"""The place of a line in its file, from 1 on; exports may have a column `file_row_number`, too."""


@contextmanager
def connect(settings: Settings, temp_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that keeps to the settings' memory and threads and spills into `temp_dir`."""
    connection = duckdb.connect()
    try:
        connection.execute(f"set memory_limit = {literal(settings.memory_limit)}")
        connection.execute(f"set threads = {int(settings.threads)}")
        connection.execute(f"set temp_directory = {literal(str(temp_dir / 'spill'))}")
        connection.execute("set enable_progress_bar = false")
        with stops.cancelled_by(connection.interrupt):
            yield connection
    finally:
        connection.close()


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Take it for the delivery's fault if its files cannot be read, unless this machine lacks memory or disk."""
    try:
        yield
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise DeliveryRejected(f"{where}: its files cannot be read ({first_line(error)}); copy them again.") from None


def is_shortage(error: Exception) -> bool:
    """Tell a lack of memory or disk, which is not a file's fault."""
    return isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error)


def literal(text: str) -> str:
    """Quote a text value for SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def text_list(items: Iterable[str]) -> str:
    """Write a list of text values for SQL."""
    return "[" + ", ".join(literal(item) for item in items) + "]"


def read_parquet(paths: Iterable[Path | str], *options: str) -> str:
    """Write the table function that reads these files (they must share one schema, unless an option says so)."""
    # A folder called `x=y` must not become a column, and names in the path are not globs.
    escaped = [_no_glob(str(path)) for path in paths]
    return f"read_parquet({', '.join([text_list(escaped), 'hive_partitioning = false', *options])})"


def read_lines_of(paths: Iterable[Path | str]) -> str:
    """Read files, each line with its file (`FILE_NAME`)."""
    return read_parquet(paths, f"filename = {literal(_FILE_NAME)}")


def read_rows_of(path: Path | str) -> str:
    """Read a file, each line with its place in it (`ROW_NUMBER`)."""
    return f"(select *, row_number() over () as {ROW_NUMBER} from {read_parquet([path])})"


def _no_glob(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


def first_line(error: Exception) -> str:
    """Give what DuckDB says is wrong, without its hints and the dump of its options."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines[:4] if not line.startswith(("Possible", "*", "Original Line", "LINE"))]
    return " ".join(kept)[:300]
