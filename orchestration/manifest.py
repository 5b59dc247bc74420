"""The parsed dbt project as the asset graph needs it: read from the last parse, or parsed when the project changed.

Belongs here: keeping `manifest.json` true to the project's files. What is made of it is in `assets.py`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from orchestration.dbt import parse, target_dir

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from orchestration.settings import Settings

_STAMP = "manifest.stamp"
_FOLDERS = ("models", "macros", "seeds", "tests")
_SUFFIXES = (".sql", ".yml", ".yaml", ".csv", ".md")
_parsed: dict[str, Manifest] = {}


def load_manifest(settings: Settings) -> dict[str, Any]:
    """Return the project as dbt's `manifest.json`; parses it first (seconds) if any of its files changed since."""
    stamp = _stamp(settings)
    folder = target_dir(settings)
    manifest, mark = folder / "manifest.json", folder / _STAMP
    if not (manifest.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == stamp):
        _parsed[stamp] = parse(settings)
        mark.write_text(stamp, encoding="utf-8")
    return json.loads(manifest.read_text(encoding="utf-8"))


def parsed_manifest(settings: Settings) -> Manifest | None:
    """Return what this process parsed itself, if it still is the project: dbt need not parse it again."""
    return _parsed.get(_stamp(settings)) if _parsed else None


def _stamp(settings: Settings) -> str:
    """Digest names, sizes and times of the project's files, and what else decides how it is parsed."""
    root = settings.project_dir
    paths = [path for name in _FOLDERS for path in (root / name).rglob("*") if path.suffix in _SUFFIXES]
    paths += [root / "dbt_project.yml", root / "profiles.yml", root / "profiles.yml.example"]
    digest = hashlib.sha256(f"{settings.target}|{settings.home}".encode())
    for path in sorted(paths):
        if path.is_file():
            status = path.stat()
            digest.update(f"{path.relative_to(root)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
