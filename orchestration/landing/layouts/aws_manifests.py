"""Reading one manifest of AWS: which files make up the delivery, and the provider's stamp and name for it.

Data Exports (CUR 2.0, FOCUS) list `dataFiles`, the legacy report lists `reportKeys`. Which manifest counts is
decided in `aws.py`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.landing.candidates import Candidate, DeliveredFile
from orchestration.landing.layouts.names import is_data, month_of, stamp_of

if TYPE_CHECKING:
    from datetime import date

    from orchestration.landing.storage import Tree
    from orchestration.sources import Source

_STAMP_KEYS = ("completedAt", "createdAt", "executionTime")
_FILE_KEYS = ("dataFiles", "reportKeys")
_ID_KEYS = ("executionId", "assemblyId")


class ManifestError(Exception):
    """A manifest cannot be followed; `file` is the file that it is about."""

    def __init__(self, message: str, file: str) -> None:
        """`message` completes the sentence that begins with the source and month."""
        super().__init__(message)
        self.file = file


def read_manifest(source: Source, tree: Tree, origin: str, month: date) -> Candidate:
    """Make a candidate of a manifest; what is wrong with it becomes the candidate's problem."""
    text = tree.read_text(origin)
    files: list[DeliveredFile] = []
    basis, stamp, identity = "arrival", None, None
    problem = problem_file = None
    try:
        content = parse(text, origin)
        identity = next((str(content[key]) for key in _ID_KEYS if content.get(key)), None)
        keys = _listed_keys(content, origin)
        basis, stamp = _order(content, identity, origin, keys)
        for key in keys:
            files.append(_resolve(tree, key, month, origin))
            if files[-1] in files[:-1]:
                raise ManifestError(
                    f"the manifest '{origin}' names the file '{key}' twice; loading it twice would double its cost. "
                    "Export the month again, or repair the manifest.",
                    key,
                )
    except ManifestError as error:
        problem, problem_file = str(error), error.file
    return Candidate(source, month, files, basis, stamp, identity, text, problem, problem_file)


def parse(text: str, origin: str) -> dict[str, Any]:
    """Read a manifest's JSON object; ManifestError if it is none."""
    try:
        content = json.loads(text)
    except ValueError as error:
        content, reason = None, str(error)
    else:
        reason = "it is not a JSON object"
    if not isinstance(content, dict):
        raise ManifestError(
            f"the manifest '{origin}' cannot be read ({reason}); copy it again or export the month again.", origin
        )
    return content


def _listed_keys(content: dict[str, Any], origin: str) -> list[str]:
    listed = next((content[key] for key in _FILE_KEYS if key in content), None)
    if not isinstance(listed, list) or not all(isinstance(key, str) and key for key in listed):
        raise ManifestError(
            f"the manifest '{origin}' has no list of files ('dataFiles' or 'reportKeys'); export the month again.",
            origin,
        )
    return listed


def _order(content: dict[str, Any], identity: str | None, origin: str, keys: list[str]) -> tuple[str, datetime | None]:
    """Find the provider's stamp: in the manifest, else in the folder of this refresh; else order is by arrival."""
    for key in _STAMP_KEYS:
        try:
            stamp = datetime.fromisoformat(str(content.get(key)))
        except ValueError:
            continue
        return "manifest", stamp.astimezone(UTC).replace(tzinfo=None) if stamp.tzinfo else stamp
    for path in (*keys[:1], origin):
        for part in path.split("/")[:-1]:
            stamp = stamp_of(part)
            if stamp is not None:
                return "folder", stamp
    stamp = stamp_of(identity) if identity else None
    return ("folder", stamp) if stamp else ("arrival", None)


def _resolve(tree: Tree, key: str, month: date, origin: str) -> DeliveredFile:
    """Find the file that a manifest's key means: the end of the key, from above the month's folder on."""
    path = re.sub(r"^[a-zA-Z0-9]+://[^/]*/", "", key)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    place = month_of(parts)
    if ".." in parts or place is None or place[1] != month:
        raise ManifestError(
            f"the manifest '{origin}' names '{key}', which is outside of the folder of its month; nothing outside is "
            "read. Export the month again, or repair the manifest.",
            key,
        )
    for start in range(place[0] + 1):
        file = tree.find("/".join(parts[start:]))
        if file is None:
            continue
        outside = tree.leads_outside(file.origin)
        if outside:
            raise ManifestError(
                f"the manifest '{origin}' names '{key}', which is a link to '{outside}', outside of the source's "
                "folder; copy the file itself there.",
                key,
            )
        if not is_data(file.origin):
            raise ManifestError(
                f"the file '{key}' is neither CSV, JSON lines, Avro nor Parquet; export the month in one of these.", key
            )
        return file
    raise ManifestError(
        f"the manifest '{origin}' names '{key}', which is not there; copy the whole delivery again (files first, "
        "manifest last).",
        key,
    )
