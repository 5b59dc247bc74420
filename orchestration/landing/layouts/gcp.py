"""How tables of Google's billing export lie in a folder, written by BigQuery's `EXPORT DATA` or by hand.

BigQuery writes no manifest, and numbers its files anew with every export. What a folder means is told by its name:

    invoice_month=202610/      the whole of that month (or `month=`, or `202610/`): a delivery of its own
    snapshot=2026-10-05/       the table as it was then (or `2026-10-05/`, `20261005T060000Z/`): the newest counts
    export_date=2026-10-05/    what was added then (or `partition_date=`, `_PARTITIONDATE=`, `dt=`): all of them add up
    anything else              files of one snapshot, all together

A snapshot may stand above months or below them (`invoice_month=202610/snapshot=2026-10-05/`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from orchestration.landing.candidates import Candidate, DeliveredFile, Discovery
from orchestration.landing.layouts.names import is_data, is_hidden, is_unfinished, stamp_of

if TYPE_CHECKING:
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source

_MONTH = re.compile(r"(?:(?:invoice_?month|billing_?month|month)=)?(\d{4})-?(\d{2})", re.IGNORECASE)
_SNAPSHOT = re.compile(r"(?:snapshot(?:_date|_time)?|as_of|copied)=(.+)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_NOT_DATA_NAMES = ("readme", "license", "licence", "notice", "changelog")
_NOT_DATA = (".md", ".txt", ".yml", ".yaml", ".sql", ".html", ".pdf", ".sha256", ".md5", ".crc", ".sig")


def exports(source: Source, tree: Tree) -> set[str]:  # noqa: ARG001  (what every layout is given)
    """Take every tree of this format for one export."""
    return {""} if source.format == "gcp_billing" else set()


def deliveries(source: Source, tree: Tree, discovery: Discovery) -> None:
    """Note one delivery per month and snapshot that the folders name, else one of all files."""
    groups: dict[tuple[date | None, datetime | None], list[DeliveredFile]] = defaultdict(list)
    problems: dict[tuple[date | None, datetime | None], str] = {}
    for origin, file in tree.files.items():
        name = origin.lower().rsplit("/", 1)[-1]
        key = _key(origin)
        if is_hidden(origin) or name.split(".")[0] in _NOT_DATA_NAMES or name.endswith(_NOT_DATA):
            continue
        if is_unfinished(origin):
            discovery.wait(
                source, key[0], f"Source {source.name}: '{origin}' is still being written; it is taken after it."
            )
            problems[key] = ""
        elif is_data(name) or name.endswith(".json"):
            groups[key].append(file)
        else:
            problems.setdefault(key, origin)
    for key, origin in problems.items():
        files = groups.pop(key, [])
        if origin:
            discovery.candidates.append(_refused(source, key, files, origin))
    stray = groups.pop((None, None), None) if any(month for month, _ in groups) else None
    if stray:
        discovery.candidates.append(_beside_months(source, stray))
    for (month, stamp), files in sorted(groups.items(), key=lambda item: str(item[0][1] or ""), reverse=True):
        basis = "folder" if stamp else "arrival"
        discovery.candidates.append(Candidate(source, month, files, basis, stamp, is_listed=False))
    if not (groups or problems or stray):
        discovery.wait(
            source, None, f"Source {source.name}: there is no Parquet, Avro, JSON or CSV file in '{source.uri}'."
        )


def _refused(
    source: Source, key: tuple[date | None, datetime | None], files: list[DeliveredFile], origin: str
) -> Candidate:
    problem = (
        f"the file '{origin}' is neither Parquet, Avro, JSON lines nor CSV, and a folder is taken whole or not at all; "
        "convert the file or move it out of the folder."
    )
    month, stamp = key
    return Candidate(source, month, files, "folder" if stamp else "arrival", stamp, None, "", problem, origin)


def _beside_months(source: Source, files: list[DeliveredFile]) -> Candidate:
    """Refuse files that would stand for the whole of months that have folders of their own."""
    origin = min(file.origin for file in files)
    problem = (
        f"the file '{origin}' lies beside folders of months but in none of them, so it cannot be told whether it adds "
        "to a month or replaces it; move it into the folder of its month, or give it a source of its own."
    )
    return Candidate(source, None, files, problem=problem, problem_file=origin)


def _key(origin: str) -> tuple[date | None, datetime | None]:
    """Tell month and snapshot from the folders of a file."""
    month = stamp = None
    for folder in origin.split("/")[:-1]:
        month = month or _month(folder)
        stamp = stamp or _stamp(folder)
    return month, stamp


def _month(folder: str) -> date | None:
    found = _MONTH.fullmatch(folder)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    return date(int(found[1]), int(found[2]), 1)


def _stamp(folder: str) -> datetime | None:
    """Read the time of a snapshot: a folder that is a date or a time, bare or under a name that says so."""
    named = _SNAPSHOT.fullmatch(folder)
    text = named[1] if named else folder
    day = _DAY.fullmatch(text)
    if day is None:
        return stamp_of(text)
    try:
        return datetime(int(day[1]), int(day[2]), int(day[3]))  # noqa: DTZ001  (naive UTC, like every stamp)
    except ValueError:
        return None
