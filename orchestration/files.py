"""Small moves on files that must survive a killed process or a full disk: write beside, flush to disk, rename.

Nothing here knows what the files mean.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - any JSON value
    """Write a JSON file so that a reader meets the old one or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, ensure_ascii=False, default=str)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def flush(path: Path) -> None:
    """Make sure that a file or a folder's list of names is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def point(link: Path, target: Path) -> None:
    """Let ``link`` lead to ``target`` from one instant to the next; the link is relative, so that both can move."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(target, link.parent))
    fresh.replace(link)
    flush(link.parent)


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a folder with all in it; nothing there is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def link_or_copy(source: Path, target: Path) -> bool:
    """Give a file a second name; copy it where the file system cannot. Return whether it was linked."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES}:
            raise
        shutil.copyfile(source, target)
        return False
    return True


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error, of Python or of DuckDB, says that no space is left."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    text = str(error).lower()
    return "no space left" in text or "disk quota exceeded" in text or "not enough disk space" in text
