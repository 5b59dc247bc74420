"""ZIP archives, as portals hand them out: what is in them takes their place. No row is read here."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected

if TYPE_CHECKING:
    from pathlib import Path

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
            f"{where}: the archive '{origin}' holds no CSV and no Parquet file; deliver the file itself.",
            file=origin,
        )
    return found
