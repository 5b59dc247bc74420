"""A bare folder of files: together they are one snapshot, and the rows tell which months it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.opencost import OPENCOST
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.candidates import Candidate, DeliveredFile, Discovery
from orchestration.landing.layouts.names import is_data, is_hidden, is_unfinished, table_kind

if TYPE_CHECKING:
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source

_NOT_DATA = (
    ".md",
    ".txt",
    "manifest.json",
    ".yml",
    ".yaml",
    ".sql",
    ".html",
    ".pdf",
    ".sha256",
    ".md5",
    ".crc",
    ".sig",
)
_PACKED = (".zip", ".tar", ".tgz", ".7z")
_KINDS = ("CSV", "JSON lines", "Avro", "Parquet")
_FACT_KINDS, _FACT_SUFFIXES = ("CSV", "Parquet", "ZIP"), (".csv", ".csv.gz", ".parquet", ".zip")
_TABLE_ADVICE = "some of whose data files may no longer belong to it; export it as plain Parquet into another folder"
_NOT_DATA_NAMES = ("readme", "license", "licence", "notice", "changelog")


def exports(source: Source, tree: Tree) -> set[str]:  # noqa: ARG001  (what every layout is given)
    """Take every tree for one export."""
    return {""}


def deliveries(source: Source, tree: Tree, discovery: Discovery) -> None:
    """Take all files as one snapshot."""
    taken: list[DeliveredFile] = []
    kinds = _FACT_KINDS if source.format in SNAPSHOTS else _KINDS
    problem = problem_file = None
    for origin, file in tree.files.items():
        name = origin.lower().rsplit("/", 1)[-1]
        if kind := table_kind(origin):
            problem_file, problem = origin, f"'{origin}' makes the folder a table of {kind}, {_TABLE_ADVICE}."
            break
        if is_hidden(origin) or name.split(".")[0] in _NOT_DATA_NAMES:
            continue
        if is_unfinished(origin):
            discovery.wait(
                source, None, f"Source {source.name}: '{origin}' is still being written; the folder is taken after it."
            )
            return
        if _is_data(source, name):
            taken.append(file)
        elif not name.endswith(_NOT_DATA) and problem is None:
            problem_file = origin
            problem = (
                f"the file '{origin}' is neither {' nor '.join(', '.join(kinds).rsplit(', ', 1))}, and a folder is "
                f"taken whole or not at all; {_advice(source, name)}."
            )
    if taken or problem:
        discovery.candidates.append(Candidate(source, None, taken, problem=problem, problem_file=problem_file))
    else:
        place = "is that the right place?" if source.place else "is that the right folder?"
        discovery.wait(
            source,
            None,
            f"Source {source.name}: there is no {' or '.join(', '.join(kinds).rsplit(', ', 1))} file in "
            f"'{source.uri}' yet; {place} If not, correct the uri in sources.yml; if nothing is to come, remove the "
            "source there.",
        )


def _is_data(source: Source, name: str) -> bool:
    if source.format in SNAPSHOTS:
        return name.endswith(_FACT_SUFFIXES)
    return is_data(name) or (source.format == OPENCOST.name and name.endswith(".json"))


def _advice(source: Source, name: str) -> str:
    """Say what to do about a file that is no data as it is."""
    if source.format in SNAPSHOTS and not name.endswith(_PACKED):
        return "save it as CSV, or move it out of the folder"
    if name.endswith(".json"):
        return "name it .jsonl if each of its lines is a charge, or move it out of the folder"
    if name.endswith(_PACKED):
        return "unpack it, or move it out of the folder"
    if name.endswith((".xlsx", ".xls", ".ods")):
        return "save it as CSV, or move it out of the folder"
    return "convert the file or move it out of the folder"
