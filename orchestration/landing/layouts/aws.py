"""The layouts of AWS: Data Exports (`data/` and `metadata/` by `BILLING_PERIOD=`) and the legacy report.

The legacy report has a folder `YYYYMMDD-YYYYMMDD/` per month. In both a manifest, written last, lists the files of a
delivery; reading one is the work of `aws_manifests.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.landing.layouts.aws_manifests import read_manifest
from orchestration.landing.layouts.names import is_data, is_unfinished, month_of, stamp_of

if TYPE_CHECKING:
    from datetime import date

    from orchestration.landing.candidates import Candidate, Discovery
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source


def exports(source: Source, tree: Tree) -> set[str]:  # noqa: ARG001  (what every layout is given)
    """Give the folders above the months; of those that have no month in common one: an export that was renamed."""
    found: dict[str, set[date]] = defaultdict(set)
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
            found["/".join(above[:-1] if data_export else above)].add(place[1])
    if not is_provider_layout:
        return set()
    are_apart = sum(map(len, found.values())) == len(set().union(*found.values()))
    return {min(found)} if are_apart else set(found)


def deliveries(source: Source, tree: Tree, discovery: Discovery) -> None:
    """Look at each month."""
    for month, origins in sorted(_by_month(tree).items()):
        _month(source, tree, month, origins, discovery)


def _is_manifest(origin: str) -> bool:
    name = origin.lower().rsplit("/", 1)[-1]
    return name.endswith("manifest.json") and not name.endswith("redshiftmanifest.json")


def _by_month(tree: Tree) -> dict[date, list[str]]:
    months: dict[date, list[str]] = defaultdict(list)
    for origin in tree.files:
        place = month_of(origin.split("/")[:-1])
        if place is not None:
            months[place[1]].append(origin)
    return months


def _month(source: Source, tree: Tree, month: date, origins: list[str], discovery: Discovery) -> None:
    """Note the deliveries of one month, newest first, and what is still being written."""
    data = [origin for origin in origins if is_data(origin)]
    manifests = sorted((origin for origin in origins if _is_manifest(origin)), key=lambda item: item.count("/"))
    if not manifests:
        if data or any(is_unfinished(origin) for origin in origins):
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
    stands_above = all(origin.count("/") > top_depth for origin in manifests[1:])
    candidates = _one_newest(candidates, next(iter(found.values())) if stands_above else None)
    discovery.candidates += candidates
    _wait_for_refresh(source, month, data, candidates, discovery)


def _one_newest(candidates: list[Candidate], above: Candidate | None) -> list[Candidate]:
    """Of refreshes that were written at one time leave the one that the manifest above all repeats, or refuse them."""
    newest = candidates[0].provider_stamp
    tied = [item for item in candidates if newest and item.provider_stamp == newest]
    if len(tied) < 2:
        return candidates
    if above in tied:
        return [above, *candidates[len(tied) :]]
    names = ", ".join(f"'{item.provider_id}'" for item in tied[:3])
    problem = (
        f"{len(tied)} refreshes claim to be the current one ({names}): they were written at the same time, and no "
        "manifest above them says which counts; keep only the newest in the folder."
    )
    return [replace(tied[0], problem=problem), *candidates[len(tied) :]]


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
