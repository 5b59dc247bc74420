"""A bare folder of files: together they are one snapshot, and the rows tell which months it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.opencost import OPENCOST
from orchestration.landing.candidates import Candidate, DeliveredFile, Discovery
from orchestration.landing.layouts.names import is_data, is_unfinished

if TYPE_CHECKING:
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source

_NOT_DATA = (".md", ".txt", ".json", ".yml", ".yaml", ".sql", ".html", ".pdf", ".sha256", ".md5", ".crc", ".sig")
_NOT_DATA_NAMES = ("readme", "license", "licence", "notice", "changelog")


def exports(source: Source, tree: Tree) -> set[str]:  # noqa: ARG001  (what every layout is given)
    """Take every tree for one export."""
    return {""}


def deliveries(source: Source, tree: Tree, discovery: Discovery) -> None:
    """Take all files as one snapshot."""
    taken: list[DeliveredFile] = []
    problem = problem_file = None
    for origin, file in tree.files.items():
        name = origin.lower().rsplit("/", 1)[-1]
        if name.startswith((".", "_")) or name.split(".")[0] in _NOT_DATA_NAMES:
            continue
        if is_unfinished(name):
            discovery.wait(
                source, None, f"Source {source.name}: '{origin}' is still being written; the folder is taken after it."
            )
            return
        if is_data(name) or (source.format == OPENCOST.name and name.endswith(".json")):
            taken.append(file)
        elif not name.endswith(_NOT_DATA) and problem is None:
            problem_file = origin
            problem = (
                f"the file '{origin}' is neither CSV, CSV.GZ nor Parquet, and a folder is taken whole or not at all; "
                "convert the file or move it out of the folder."
            )
    if taken or problem:
        discovery.candidates.append(Candidate(source, None, taken, problem=problem, problem_file=problem_file))
    else:
        discovery.wait(
            source, None, f"Source {source.name}: there is no CSV, CSV.GZ or Parquet file in '{source.uri}'."
        )
