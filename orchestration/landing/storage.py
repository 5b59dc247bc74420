"""Where exports lie: the files under a source's uri as one tree, whatever holds them.

A tree lists its files once (name, size, stamp of the last change), and reads them. It knows no layout and no format;
what the files mean is told in `layouts/`.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.sources import Source


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file of the provider as it was listed: `origin` is its path inside the source's folder (with `/`)."""

    tree: Tree = field(compare=False, repr=False)
    origin: str
    size: int
    stamp: str
    """Changes whenever the content does: the time of the last change, or the etag of an object."""
    dataset: str = ""
    """Which of the provider's datasets it belongs to, where the layout or the file tells; see `RawFile`."""
    changed_at: int = 0
    """When it was last written, in nanoseconds; says which of two files is the newer where nothing else does."""

    def look(self) -> tuple[int, str] | None:
        """Give size and stamp as they are by now; None if the file has gone."""
        return self.tree.look(self.origin)

    def has_changed(self) -> bool:
        """Tell whether it is no longer what was listed."""
        return self.look() != (self.size, self.stamp)

    def open(self) -> BinaryIO:
        """Open it for reading, as a stream; reading may raise StorageError or FileChangedError."""
        return self.tree.open(self)


class Tree(ABC):
    """All files under a source's uri, by their origin, in the order of their names."""

    parallel = 1
    """How many files it pays to read at once, whatever the number of cores."""

    def __init__(self, uri: str) -> None:
        """`uri` is the source's, for messages."""
        self.uri = uri
        self.files: dict[str, DeliveredFile] = {}

    @abstractmethod
    def look(self, origin: str) -> tuple[int, str] | None:
        """Give size and stamp of a file as they are now; None if there is none."""

    @abstractmethod
    def open(self, file: DeliveredFile) -> BinaryIO:
        """Open a file for reading, as a stream."""

    def read_text(self, origin: str) -> str:
        """Read a small file, a manifest, as UTF-8 (with or without a byte order mark)."""
        with self.open(self.files[origin]) as handle:
            return handle.read().decode("utf-8-sig", errors="replace")

    def read_ahead(self, origins: Iterable[str]) -> None:  # noqa: B027  (a folder has nothing to prepare)
        """Prepare for `read_text` of many files; only where each takes a journey of its own is there work to do."""

    def leads_outside(self, origin: str) -> str | None:  # noqa: ARG002
        """Name the place that a link leads to, if that is outside of this tree; object storage has no links."""
        return None

    def find(self, key: str) -> DeliveredFile | None:
        """Find a file by its path inside the tree; letter case decides only between two that differ in it."""
        return self.files.get(key) or self.files.get(self._by_lower_case.get(key.lower(), ""))

    @cached_property
    def _by_lower_case(self) -> dict[str, str]:
        return {name.lower(): name for name in self.files}


class LocalTree(Tree):
    """A folder of this machine, or one file."""

    def __init__(self, root: Path) -> None:
        """List the folder, without what is hidden; a missing one has no files."""
        super().__init__(str(root))
        self.root = root.parent if root.is_file() else root
        for origin in [root.name] if root.is_file() else self._walk():
            size, stamp = self.look(origin) or (0, "0")
            self.files[origin] = DeliveredFile(self, origin, size, stamp, changed_at=int(stamp))

    def look(self, origin: str) -> tuple[int, str] | None:
        """Give the size and the time of the last change in nanoseconds."""
        try:
            status = (self.root / origin).stat()
        except FileNotFoundError:
            return None
        return status.st_size, str(status.st_mtime_ns)

    def open(self, file: DeliveredFile) -> BinaryIO:
        """Open the file."""
        return (self.root / file.origin).open("rb")

    def leads_outside(self, origin: str) -> str | None:
        """Follow links to the file itself."""
        path = (self.root / origin).resolve()
        return None if path.is_relative_to(self.root.resolve()) else str(path)

    def _walk(self) -> list[str]:
        names: list[str] = []
        for folder, subfolders, found in os.walk(self.root):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            names += [(Path(folder) / name).relative_to(self.root).as_posix() for name in sorted(found)]
        return names


class StorageError(Exception):
    """A source's place, or a file in it, cannot be read; the message says why and what to do."""


class FileChangedError(Exception):
    """A file is no longer what was listed: it is still being written."""


def open_tree(source: Source) -> Tree:
    """List what lies under a source's uri."""
    if source.place is not None:
        from orchestration.landing.remote import RemoteTree  # noqa: PLC0415  (nobody waits for it who needs none)

        return RemoteTree(source.uri, source.place)
    root = Path(source.uri)
    if not root.exists():
        raise StorageError(
            f"the folder '{root}' does not exist; correct the uri in sources.yml or bring the folder back."
        )
    return LocalTree(root)
