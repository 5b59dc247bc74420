"""Reading one manifest of Azure: which files make up a run of an export, of which kind it is, and when it was made.

Which run counts, and which runs make up a delivery together, is decided in `azure.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.landing.layouts.aws_manifests import ManifestError, parse
from orchestration.landing.layouts.names import is_data

if TYPE_CHECKING:
    from orchestration.landing.storage import DeliveredFile, Tree

# What a format reads of the exports that may lie in one container: type in the manifest -> dataset.
TYPES: dict[str, dict[str, str]] = {
    "azure_cost": {"actualcost": "actual", "usage": "actual", "amortizedcost": "amortized"},
    "focus": {"focuscost": ""},
    "azure_price_sheet": {"pricesheet": ""},
}


@dataclass(frozen=True)
class Run:
    """One run of an export for one month. With a `problem` its files are not to be opened."""

    origin: str
    """The manifest, or the file of an export without manifests."""
    files: list[DeliveredFile] = field(default_factory=list)
    kind: str = ""
    """`exportConfig.type` in lower case; empty where there is no manifest."""
    scope: str = ""
    """What is exported: a billing account, a subscription; empty where it is not known."""
    stamp: datetime | None = None
    identity: str = ""
    manifest_text: str = ""
    row_count: int | None = None
    problem: str | None = None
    problem_file: str | None = None


def read_run(tree: Tree, origin: str) -> Run:
    """Make a run of a manifest; what is wrong with it becomes the run's problem."""
    text = tree.read_text(origin)
    run = Run(origin, manifest_text=text, identity=origin.split("/")[-2], stamp=_folder_stamp(origin))
    try:
        content = parse(text, origin)
        config, info = _section(content, "exportConfig"), _section(content, "runInfo")
        run = replace(
            run,
            kind=str(config.get("type") or "").lower(),
            scope=re.split(r"/providers/microsoft\.costmanagement/", str(config.get("resourceId") or "").lower())[0],
            stamp=_time(info.get("submittedTime")) or run.stamp,
            identity=str(info.get("runId") or run.identity),
        )
        blobs = content.get("blobs")
        if not isinstance(blobs, list) or not all(isinstance(blob, dict) and blob.get("blobName") for blob in blobs):
            raise ManifestError(
                f"the manifest '{origin}' has no list of files ('blobs'); export the month again.", origin
            )
        stated = content.get("blobCount")
        if isinstance(stated, int) and stated != len(blobs):
            raise ManifestError(
                f"the manifest '{origin}' speaks of {stated} files and lists {len(blobs)}; export the month again.",
                origin,
            )
        files = [_resolve(tree, blob, origin) for blob in blobs]
        names = [file.origin for file in files]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ManifestError(
                f"the manifest '{origin}' names the file '{twice}' twice; loading it twice would double its cost. "
                "Export the month again, or repair the manifest.",
                twice,
            )
        rows = content.get("dataRowCount")
        return replace(run, files=files, row_count=rows if isinstance(rows, int) else None)
    except ManifestError as error:
        return replace(run, problem=str(error), problem_file=error.file)


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    section = content.get(name)
    return section if isinstance(section, dict) else {}


def _time(value: object) -> datetime | None:
    """Read an ISO time as naive UTC; Azure writes seven digits of a second."""
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(value)))
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _folder_stamp(origin: str) -> datetime | None:
    """Read the time of the folder that some exports make for each run: `202609030542`."""
    for part in reversed(origin.split("/")[:-1]):
        if re.fullmatch(r"20\d{10}", part):
            try:
                return datetime.strptime(part, "%Y%m%d%H%M")  # noqa: DTZ007
            except ValueError:
                continue
    return None


def _resolve(tree: Tree, blob: dict[str, Any], origin: str) -> DeliveredFile:
    """Find the file of a blob: beside the manifest, whatever container and folder the blob's name begins with."""
    key = str(blob["blobName"])
    folder, parts = origin.rsplit("/", 1)[0], [part for part in key.split("/") if part not in ("", ".")]
    if ".." in parts or (len(parts) > 1 and parts[-2].lower() != folder.rsplit("/", 1)[-1].lower()):
        raise ManifestError(
            f"the manifest '{origin}' names '{key}', which is outside of the folder of its run; nothing outside is "
            "read. Export the month again, or repair the manifest.",
            key,
        )
    file = tree.find(f"{folder}/{parts[-1]}")
    if file is None:
        raise ManifestError(
            f"the manifest '{origin}' names '{key}', which is not there; copy the whole run again (files first, "
            "manifest last).",
            key,
        )
    outside = tree.leads_outside(file.origin)
    if outside:
        raise ManifestError(
            f"the manifest '{origin}' names '{key}', which is a link to '{outside}', outside of the source's folder; "
            "copy the file itself there.",
            key,
        )
    if not is_data(file.origin):
        raise ManifestError(
            f"the file '{key}' is neither CSV, JSON lines, Avro nor Parquet; export the month in one of these.", key
        )
    size = blob.get("byteCount")
    # Of a compressed file the manifest may tell the size of its text; a cut one is noticed when it is read.
    if isinstance(size, int) and file.origin.lower().endswith(".csv") and file.size < size:
        raise ManifestError(
            f"the file '{key}' has {file.size} bytes, but the manifest '{origin}' says {size}: it is cut off; copy it "
            "again.",
            key,
        )
    return file
