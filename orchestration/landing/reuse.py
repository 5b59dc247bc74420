"""Files that an earlier delivery of the same source brought already: linked from raw, not fetched and converted again.

Providers append many small files a day to one folder, and each listing is a delivery of all of them. A note beside
the raw files of a delivery says what they were when they were listed; losing it costs a second reading, nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.landing.storage import DeliveredFile
    from orchestration.landing.take import TakenFile

NOTE = "landed.json"


@dataclass(frozen=True)
class LandedFile:
    """A Parquet file in raw that was made of a delivered file."""

    path: Path
    written_at: int
    """Another time means that lines were taken out of it since, because a later file delivered them again."""
    fingerprint: str
    names: list[str]
    """Column names as delivered."""


class Landed:
    """The files that some raw folders hold, by name, size and stamp."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Read the notes in these folders, as far as this version of the code has written them."""
        self._files: dict[tuple[str, int, str], LandedFile] = {}
        for folder in folders:
            try:
                note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if note["code"] != code_version():
                continue
            for name, written_at, origin, size, stamp, fingerprint, names in note["files"]:
                landed = LandedFile(folder / name, written_at, fingerprint, note["names"][names])
                self._files[origin, size, stamp] = landed

    def find(self, file: DeliveredFile) -> LandedFile | None:
        """Give what was made of this very file; None if it is new or has changed."""
        known = self._files.get((file.origin, file.size, file.stamp))
        try:
            return known if known is not None and known.path.stat().st_mtime_ns == known.written_at else None
        except FileNotFoundError:
            return None


def write_note(folder: Path, delivered: list[DeliveredFile], taken: list[TakenFile]) -> None:
    """Say what the files in `folder` were made of."""
    names: dict[tuple[str, ...], int] = {}
    files = [
        [
            *(ours.path.name, ours.path.stat().st_mtime_ns, file.origin, file.size, file.stamp, ours.fingerprint),
            names.setdefault(tuple(ours.names), len(names)),
        ]
        for file, ours in zip(delivered, taken, strict=True)
    ]
    note = {"code": code_version(), "names": list(names), "files": files}
    (folder / NOTE).write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")


@cache
def code_version() -> str:
    """Hash the code that judges and converts: what an older version did is done again by a newer one."""
    package = Path(__file__).resolve().parent.parent
    code = sorted([*package.glob("formats/*.py"), *package.glob("landing/**/*.py"), package / "doors" / "front.py"])
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()
