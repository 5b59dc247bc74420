"""Files of a million rows, as price sheets are: read by the engine straight into raw, and ZIP archives.

Each delivered file becomes one Parquet file, whose order gives the number of a row. What the engine cannot read is
looked at once more by the row reader, which names the line. No cell is judged here.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import identifier, literal, read_parquet, text_list
from orchestration.landing.facts.expressions import clean_text
from orchestration.landing.facts.records import FACTS_FILE
from orchestration.landing.text_csv import open_csv

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from orchestration.formats.fact_base import FactFormat

FILE, ROW = "finops:file", "finops:row"
"""Where a row came from; delivered columns never have such names."""
_CHUNK = 1 << 20
_DATA = (".csv", ".csv.gz", ".parquet")


def unpacked(path: Path, origin: str, where: str) -> list[tuple[Path, str]]:
    """Unpack a ZIP archive beside itself, file by file; what is no archive is given as it is."""
    if not origin.lower().endswith(".zip"):
        return [(path, origin)]
    found: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for number, member in enumerate(archive.infolist(), start=1):
                name = member.filename
                if member.is_dir() or name.startswith("__MACOSX/") or not name.lower().endswith(_DATA):
                    continue
                target = path.with_name(f"{path.name}-{number:05d}")
                with archive.open(member) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, _CHUNK)
                found.append((target, f"{origin}/{name}"))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # this machine's disk, not the archive
        raise DeliveryRejected(
            f"{where}: the archive '{origin}' is cut off or damaged ({error}); copy it again.", file=origin
        ) from None
    except (RuntimeError, NotImplementedError) as error:  # a password, or a way of packing that Python does not know
        raise DeliveryRejected(
            f"{where}: the archive '{origin}' cannot be unpacked ({error}); unpack it, and deliver what is in it.",
            file=origin,
        ) from None
    path.unlink()
    if not found:
        raise DeliveryRejected(
            f"{where}: the archive '{origin}' holds no CSV and no Parquet file; deliver the price sheet itself.",
            file=origin,
        )
    return found


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


def write_rows(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write the rows of a query, text in all columns but for the place."""
    [rows] = connection.execute(
        f"copy ({query}) to {literal(str(target))} (format parquet, compression zstd)"
    ).fetchone()
    return rows


def parts_of(folder: Path) -> list[Path]:
    """List what was written into a raw folder, in order."""
    return sorted(folder.glob(f"{Path(FACTS_FILE).stem}*.parquet"))


def next_part(folder: Path) -> Path:
    """Name the next file of a raw folder."""
    return folder / f"{Path(FACTS_FILE).stem}-{len(parts_of(folder)) + 1:05d}.parquet"


def rows_of(fmt: FactFormat, folder: Path) -> str:
    """Select the rows of a raw folder in all columns of the format, with the file and row of each.

    The order in Parquet is that of the delivery.
    """
    cells = ", ".join(f"cast(null as varchar) as {identifier(column.name)}" for column in fmt.columns)
    row = f"file_row_number + case when ends_with(lower({identifier(FILE)}), '.parquet') then 1 else 2 end"
    delivered = f"columns(lambda name: name not in ('file_row_number', '{ROW}'))"
    files = read_parquet(parts_of(folder), "union_by_name = true", "file_row_number = true")
    return f"select {cells} where false union all by name select {delivered}, {row} as {identifier(ROW)} from {files}"
