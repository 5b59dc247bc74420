"""The parsed dbt project, shared by every home: read from the last parse, or parsed when the project changed.

Belongs here: keeping what was parsed true to the project's files. Parsing takes longer than building a small company,
and depends on the project alone, so that its result lies in dbt's own folder there; where nobody may write in it, in
the home. What the asset graph makes of it is in `assets.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pickle
import re
import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.dbt import parse
from orchestration.files import flush, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

    from orchestration.settings import Settings

_FOLDERS = ("models", "macros", "seeds", "tests")
_SUFFIXES = (".sql", ".yml", ".yaml", ".csv", ".md")
_SETTINGS = ("dbt_project.yml", "profiles.yml", "profiles.yml.example")
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-bigquery", "dbt-duckdb")
"""Their macros are a part of the project."""
_VARIABLE = re.compile(r"""env_var\(\s*['"](\w+)""")
_OF_ONE_RUN = {"FINOPS_HOME", "FINOPS_MEMORY_LIMIT", "FINOPS_THREADS"}
"""Variables of the profile that name no relation."""
_parsed: dict[str, Manifest] = {}


def load_manifest(settings: Settings) -> dict[str, Any]:
    """Return the project as dbt's `manifest.json`; parses it first (half a minute) if any file changed since."""
    with _up_to_date(settings) as (folder, _):
        return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def parsed_manifest(settings: Settings) -> Manifest:
    """Return the project as dbt wants it handed over, so that it is not parsed again."""
    with _up_to_date(settings) as (folder, stamp):
        if stamp not in _parsed:
            _parsed.clear()
            _parsed[stamp] = pickle.loads((folder / "manifest.pickle").read_bytes())
        return _parsed[stamp]


@contextmanager
def _up_to_date(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Give the folder of a parse that holds for the project as it is, and its stamp; nobody else writes meanwhile."""
    stamp = _stamp(settings)
    own = settings.project_dir / "target"
    shared = os.access(own if own.is_dir() else settings.project_dir, os.W_OK)
    folder = (own if shared else settings.home / "dbt") / "parsed" / settings.target
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "stamp.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.is_file() and json.loads(mark.read_text(encoding="utf-8")) == stamp):
            mark.unlink(missing_ok=True)
            _parsed.clear()
            _parsed[stamp] = parse(settings, folder)
            (folder / "manifest.pickle").write_bytes(pickle.dumps(_parsed[stamp], pickle.HIGHEST_PROTOCOL))
            for name in ("manifest.pickle", "manifest.json"):  # the mark must not outlive what it vouches for
                flush(folder / name)
            write_json(mark, stamp)
        yield folder, stamp


def _stamp(settings: Settings) -> str:
    """Digest names, sizes and times of the project's files, and what else decides how it is parsed."""
    root = settings.project_dir
    paths = [path for name in _FOLDERS for path in (root / name).rglob("*") if path.suffix in _SUFFIXES]
    own = [root / name for name in _SETTINGS if (root / name).is_file()]
    names = sorted({name for path in own for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))} - _OF_ONE_RUN)
    variables = {name: os.environ.get(name) for name in names}
    versions = [sys.version, *map(version, _PACKAGES)]
    digest = hashlib.sha256(f"{versions}|{settings.target}|{variables}".encode())
    for path in sorted([*paths, *own]):
        status = path.stat()
        digest.update(f"{path.relative_to(root)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
