"""Files of a million rows, as price sheets are: CSV read by the engine, with the number of each row, and ZIP archives.

What the engine cannot read is looked at once more by the row reader, which names the line. No cell is judged here.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import identifier, text_list
from orchestration.landing.facts.expressions import clean_text
from orchestration.landing.text_csv import open_csv

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats.fact_base import FactFormat

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


def insert_csv(
    connection: duckdb.DuckDBPyConnection,
    fmt: FactFormat,
    table: str,
    path: Path,
    columns: dict[str, str],
    place: tuple[str, str],
    origin: str,
    where: str,
) -> int:
    """Insert all rows of a CSV file into `table`: `columns` is column -> delivered name, `place` names file and row."""
    text, _ = open_csv(path, where, origin)
    nothing = text_list(sorted(fmt.null_texts | {""}))
    cells = [
        f"{clean_text(text.fields[delivered].sql, nothing)} as {identifier(column)}"
        for column, delivered in columns.items()
    ]
    file, row = (identifier(name) for name in place)
    query = f"select {', '.join(cells)}, $origin as {file}, row_number() over () + 1 as {row} from {text.relation}"
    [rows] = connection.execute(f"insert into {table} by name {query}", {"origin": origin}).fetchone()
    return rows
