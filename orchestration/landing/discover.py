"""Looking into a source's folder: which deliveries are there, in which order, and which are still being written.

Three layouts: AWS Data Exports (`data/` and `metadata/` by `BILLING_PERIOD=`), the legacy AWS report
(`YYYYMMDD-YYYYMMDD/`), and a bare folder of files, which is one snapshot. No data file is opened here.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.landing.candidates import Candidate, DeliveredFile, Discovery
from orchestration.landing.manifests import DATA_SUFFIXES, Tree, month_of, read_manifest, stamp_of

if TYPE_CHECKING:
    from datetime import date

    from orchestration.sources import Source

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".inprogress")
_NOT_DATA = (".md", ".txt", ".json", ".yml", ".yaml", ".sql", ".html", ".pdf", ".sha256", ".md5", ".crc", ".sig")
_NOT_DATA_NAMES = ("readme", "license", "licence", "notice", "changelog")


def discover(source: Source) -> Discovery:
    """List what the folder of a source holds; candidates of one month come newest first."""
    discovery = Discovery()
    root = Path(source.uri)
    if root.is_file():
        discovery.candidates.append(_bare(source, {root.name: root}, discovery))
        return discovery
    if not root.is_dir():
        problem = f"the folder '{root}' does not exist; correct the uri in sources.yml or bring the folder back."
        discovery.candidates.append(Candidate(source, None, [], problem=problem))
        return discovery
    tree = Tree(root, _walk(root))
    layout = _layout(tree)
    if layout is None:
        found = _bare(source, tree.files, discovery)
        if found.files or found.problem:
            discovery.candidates.append(found)
        return discovery
    if len(layout) > 1:
        names = ", ".join(f"'{name or '.'}'" for name in sorted(layout))
        problem = f"the folder holds more than one export ({names}); give each a source of its own in sources.yml."
        discovery.candidates.append(Candidate(source, None, [], problem=problem))
        return discovery
    for month, origins in sorted(_by_month(tree).items()):
        _month(source, tree, month, origins, discovery)
    return discovery


def _walk(root: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            files[path.relative_to(root).as_posix()] = path
    return files


def _is_manifest(origin: str) -> bool:
    name = origin.lower().rsplit("/", 1)[-1]
    return name.endswith("manifest.json") and not name.endswith("redshiftmanifest.json")


def _layout(tree: Tree) -> set[str] | None:
    """Give the folders (inside the source's) of the exports in a provider's layout; None for a bare folder."""
    exports: set[str] = set()
    is_provider_layout = False
    for origin in tree.files:
        parts = origin.split("/")
        place = month_of(parts[:-1])
        if place is None:
            continue
        above = parts[: place[0]]
        athena = parts[place[0]].lower().startswith("year=")
        data_export = bool(above) and above[-1].lower() in ("data", "metadata")
        # Files by `year=/month=` are a provider's delivery only beside the manifests that list them.
        is_provider_layout |= not athena
        if not athena:
            exports.add("/".join(above[:-1] if data_export else above))
    return exports if is_provider_layout else None


def _by_month(tree: Tree) -> dict[date, list[str]]:
    months: dict[date, list[str]] = defaultdict(list)
    for origin in tree.files:
        place = month_of(origin.split("/")[:-1])
        if place is not None:
            months[place[1]].append(origin)
    return months


def _month(source: Source, tree: Tree, month: date, origins: list[str], discovery: Discovery) -> None:
    """Note the deliveries of one month, newest first, and what is still being written."""
    data = [origin for origin in origins if origin.lower().endswith(DATA_SUFFIXES)]
    manifests = sorted((origin for origin in origins if _is_manifest(origin)), key=lambda item: item.count("/"))
    if not manifests:
        if data or any(origin.lower().endswith(_UNFINISHED) for origin in origins):
            discovery.wait(
                source,
                month,
                f"Source {source.name}, month {month:%Y-%m}: there are data files but no manifest yet; the provider "
                "writes it last. If it never comes, copy the manifests (the `metadata` folder of a Data Export) too.",
            )
        return
    found: dict[str, Candidate] = {}
    top_depth = manifests[0].count("/")
    for origin in manifests:
        candidate = read_manifest(source, tree, origin, month)
        # The manifest above all refreshes repeats the one of the newest refresh; without stamps it alone tells.
        if candidate.provider_stamp is None and origin.count("/") > top_depth:
            continue
        identity = candidate.provider_id or origin
        if identity not in found or found[identity].problem:
            found[identity] = candidate
    candidates = sorted(found.values(), key=lambda item: str(item.provider_stamp or ""), reverse=True)
    discovery.candidates += candidates
    _wait_for_refresh(source, month, data, candidates, discovery)


def _wait_for_refresh(
    source: Source, month: date, data: list[str], candidates: list[Candidate], discovery: Discovery
) -> None:
    """Note a refresh whose files are newer than every manifest: its manifest has not been written yet."""
    known = [candidate.provider_stamp for candidate in candidates if candidate.provider_stamp]
    if not known:
        return
    stamps = {stamp for origin in data for part in origin.split("/")[:-1] if (stamp := stamp_of(part))}
    newer = sorted(stamp for stamp in stamps if stamp > max(known))
    if newer:
        discovery.wait(
            source,
            month,
            f"Source {source.name}, month {month:%Y-%m}: the refresh of {newer[-1]} has no manifest yet; the one "
            "before it stays until the provider has finished.",
        )


def _bare(source: Source, files: dict[str, Path], discovery: Discovery) -> Candidate:
    """Take all files of a folder as one snapshot."""
    taken: list[DeliveredFile] = []
    problem = problem_file = None
    for origin, path in files.items():
        name = origin.lower().rsplit("/", 1)[-1]
        if name.startswith((".", "_")) or name.split(".")[0] in _NOT_DATA_NAMES:
            continue
        if name.endswith(_UNFINISHED):
            discovery.wait(
                source, None, f"Source {source.name}: '{origin}' is still being written; the folder is taken after it."
            )
            return Candidate(source, None, [])
        if name.endswith(DATA_SUFFIXES):
            taken.append(DeliveredFile(path, origin))
        elif not name.endswith(_NOT_DATA) and problem is None:
            problem_file = origin
            problem = (
                f"the file '{origin}' is neither CSV, CSV.GZ nor Parquet, and a folder is taken whole or not at all; "
                "convert the file or move it out of the folder."
            )
    if not taken and problem is None:
        discovery.wait(
            source, None, f"Source {source.name}: there is no CSV, CSV.GZ or Parquet file in '{source.uri}'."
        )
    return Candidate(source, None, taken, problem=problem, problem_file=problem_file)
