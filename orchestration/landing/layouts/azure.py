"""The layout of Azure Cost Management exports: `<export>/<yyyymmdd-yyyymmdd>/[<yyyymmddhhmm>/]<run>/` with a manifest.

A daily export writes the whole month to date anew, into a folder of its own or over the one before: the newest run of
an export and month counts. The delivery of a month is the newest run of every dataset that the format has, actual and
amortized cost together; of price sheets the newest runs of all months are one snapshot. Older exports have no
manifests and no folders of runs: `<export>/<period>/<export>_<id>.csv`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from orchestration.formats import FORMATS
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.candidates import Candidate
from orchestration.landing.datasets import dataset_of_name
from orchestration.landing.layouts.azure_manifests import TYPES, Run, read_run
from orchestration.landing.layouts.names import is_data, is_unfinished

if TYPE_CHECKING:
    from orchestration.landing.candidates import Discovery
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source

_PERIOD = re.compile(r"(\d{8})-(\d{8})")


@dataclass(frozen=True)
class _Export:
    """One export: its folder, its dataset (`?` and the folder where that is not known), what it is an export of."""

    path: str
    dataset: str
    scope: str


@dataclass
class _Month:
    """What lies in the folder of one export and month."""

    period: str
    runs: list[Run] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    """Folders of runs without a manifest."""


def exports(source: Source, tree: Tree) -> set[str]:
    """Take the tree for Azure's where the format is one of Azure's and there are folders of periods."""
    if source.format not in TYPES:
        return set()
    return {""} if any(_place(origin) is not None for origin in tree.files) else set()


def deliveries(source: Source, tree: Tree, discovery: Discovery) -> None:
    """Look at each month of every export, and put the exports of a month together."""
    found = _exports(source, tree)
    rivals = _rivals(found)
    if rivals:
        discovery.candidates.append(Candidate(source, None, [], problem=rivals))
        return
    months: dict[str, list[list[Run]]] = defaultdict(list)
    for by_period in _by_dataset(found).values():
        for period, runs in by_period.items():
            months[period].append(runs)
    finished = {
        (export.path, period) for export, periods in found.items() for period in periods if periods[period].runs
    }
    for export, by_period in found.items():
        for period, month in by_period.items():
            _wait(source, month, discovery, is_first=(export.path, period) not in finished)
    if source.format in SNAPSHOTS:
        discovery.candidates += _snapshot(source, [_newest_first(runs) for _, [runs] in sorted(months.items())])
        return
    for period, groups in sorted(months.items()):
        first = date(int(period[:4]), int(period[4:6]), 1)
        problem = _not_a_month(period)
        if problem:
            discovery.candidates.append(Candidate(source, first, [], problem=problem))
        else:
            discovery.candidates += _candidates(source, first, groups)


def _place(origin: str) -> tuple[int, str] | None:
    """Find the folder of a period in a path: its position and name."""
    for position, part in enumerate(origin.split("/")[:-1]):
        matched = _PERIOD.fullmatch(part)
        if matched and 1 <= int(part[4:6]) <= 12:
            return position, part
    return None


def _exports(source: Source, tree: Tree) -> dict[_Export, dict[str, _Month]]:
    """Read every run of every export of this source's format: export -> period -> what is there."""
    folders: dict[str, list[str]] = defaultdict(list)
    for origin in tree.files:
        if _place(origin) is not None:
            folders[origin.rsplit("/", 1)[0]].append(origin)
    found: dict[_Export, dict[str, _Month]] = defaultdict(dict)
    for folder, origins in sorted(folders.items()):
        position, period = _place(origins[0])
        path, is_run = "/".join(folder.split("/")[:position]), folder.count("/") > position
        manifest = next((origin for origin in origins if origin.lower().endswith("manifest.json")), None)
        data = [origin for origin in origins if is_data(origin)]
        if manifest:
            runs = [read_run(tree, manifest)]
        elif is_run:
            runs = []
        else:
            runs = [Run(origin, [tree.files[origin]], identity=origin.rsplit("/", 1)[-1]) for origin in data]
        for run in runs:
            export = _export_of(source, path, run)
            if export is not None:
                found[export].setdefault(period, _Month(period)).runs.append(_of_dataset(run, export.dataset))
        if not manifest and is_run and (data or any(is_unfinished(origin) for origin in origins)):
            export = _Export(path, _dataset(source, path), "")
            found[export].setdefault(period, _Month(period)).unfinished.append(folder)
    return dict(found)


def _export_of(source: Source, path: str, run: Run) -> _Export | None:
    """Tell what a run is of; None for another kind of export, which is another source's."""
    kinds = TYPES[source.format]
    if run.kind and run.kind not in kinds:
        return None
    dataset = kinds[run.kind] if run.kind else _dataset(source, run.origin)
    has_datasets = source.format in FORMATS and FORMATS[source.format].datasets
    return _Export(path, dataset or f"?{path}" if has_datasets else "", run.scope)


def _dataset(source: Source, path: str) -> str:
    return dataset_of_name(FORMATS[source.format], path) or "" if source.format in FORMATS else ""


def _of_dataset(run: Run, dataset: str) -> Run:
    """Mark the files of a run, if its manifest tells what they are; else the lines are asked as well."""
    if not run.kind or not dataset:
        return run
    return replace(run, files=[replace(file, dataset=dataset) for file in run.files])


def _rivals(found: dict[_Export, dict[str, _Month]]) -> str | None:
    """Say which exports hold the same dataset of different things, or of nobody knows what: both would be counted."""
    scopes = {export.path: export.scope for export in found if export.scope}
    rivals: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for export, months in found.items():
        for period, month in months.items():
            if month.runs:
                rivals[export.dataset, period].add((export.path, export.scope or scopes.get(export.path, "")))
    for (dataset, _), exports_ in sorted(rivals.items()):
        known = {scope for _, scope in exports_}
        if len(exports_) > 1 and (len(known) > 1 or "" in known):
            names = ", ".join(f"'{path or '.'}'" for path in sorted({path for path, _ in exports_}))
            what = f" of {dataset} cost" if dataset else ""
            return (
                f"the folder holds more than one export{what} ({names}), and they are not known to be of the same "
                "scope; give each a source of its own in sources.yml."
            )
    return None


def _by_dataset(found: dict[_Export, dict[str, _Month]]) -> dict[str, dict[str, list[Run]]]:
    """Put the runs of exports of one dataset and scope together: a one-time export beside a daily one."""
    result: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for export, months in found.items():
        for period, month in months.items():
            result[export.dataset][period] += month.runs
    return {dataset: {p: runs for p, runs in periods.items() if runs} for dataset, periods in result.items()}


def _wait(source: Source, month: _Month, discovery: Discovery, *, is_first: bool) -> None:
    first = date(int(month.period[:4]), int(month.period[4:6]), 1)
    for folder in month.unfinished:
        meanwhile = "there is no finished run of the month yet" if is_first else "the run before it stays until then"
        discovery.wait(
            source,
            first,
            f"Source {source.name}, month {first:%Y-%m}: the run '{folder}' has no manifest yet, which Azure writes "
            f"last; {meanwhile}. If it never comes, copy the manifest.json too.",
        )


def _not_a_month(period: str) -> str | None:
    """Say if a period is not one whole month, as every export from month to date is: part of one replaces nothing."""
    try:
        start, end = (datetime.strptime(text, "%Y%m%d").date() for text in period.split("-"))  # noqa: DTZ007
    except ValueError:
        return f"the folder '{period}' names no period; put the files back as Azure wrote them."
    after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    whole = after.replace(day=min(start.day, 28)) if start.day > 1 else after
    if abs((end + timedelta(days=1) - whole).days) > (3 if start.day > 28 else 0):
        return (
            f"the folder '{period}' covers only a part of a month, or more than one, and what is delivered replaces "
            "the whole month; export by month (month to date, last month, or a custom range of exactly one month)."
        )
    return None


def _candidates(source: Source, month: date, groups: list[list[Run]]) -> list[Candidate]:
    """Combine the newest runs of all datasets, then those before them."""
    ordered = [_newest_first(runs) for runs in groups]
    tied = next((runs for runs in ordered if isinstance(runs, str)), None)
    if tied:
        return [Candidate(source, month, [], problem=tied)]
    candidates: list[Candidate] = []
    for place in range(max(len(runs) for runs in ordered)):
        chosen = [runs[min(place, len(runs) - 1)] for runs in ordered]
        candidate = _candidate(source, month, chosen)
        if candidates and candidate.provider_stamp is None:
            break  # without the provider's time only the newest is known to be newer than anything
        candidates.append(candidate)
    return candidates


def _snapshot(source: Source, months: list[list[Run] | str]) -> list[Candidate]:
    """Make one delivery of the newest run of every month: what is no bill has no month of its own."""
    tied = next((runs for runs in months if isinstance(runs, str)), None)
    if tied:
        return [Candidate(source, None, [], problem=tied)]
    return [replace(_candidate(source, None, [runs[0] for runs in months]), row_count=None)] if months else []


def _newest_first(runs: list[Run]) -> list[Run] | str:
    """Order the runs of one dataset and month; say what is wrong if nothing tells which is the newest."""
    if len(runs) == 1:
        return runs
    if all(run.stamp for run in runs):
        ordered = sorted(runs, key=lambda run: run.stamp, reverse=True)
        return ordered if ordered[0].stamp != ordered[1].stamp else _no_order(ordered[:2])
    times = {run.origin: max((file.changed_at for file in run.files), default=0) for run in runs}
    ordered = sorted(runs, key=lambda run: times[run.origin], reverse=True)
    if all(times.values()) and times[ordered[0].origin] != times[ordered[1].origin]:
        return [replace(run, stamp=None) for run in ordered]
    return _no_order(runs)


def _no_order(runs: list[Run]) -> str:
    names = ", ".join(f"'{run.origin}'" for run in sorted(runs, key=lambda run: run.origin)[:3])
    return (
        f"{len(runs)} runs claim to be the current one ({names}), and neither a manifest nor a time says which is the "
        "newest; keep only the newest in the folder."
    )


def _candidate(source: Source, month: date | None, runs: list[Run]) -> Candidate:
    stamps = [run.stamp for run in runs if run.stamp]
    is_stamped = len(stamps) == len(runs)
    broken = next((run for run in runs if run.problem), None)
    counts = [run.row_count for run in runs]
    return Candidate(
        source,
        month,
        [file for run in runs for file in run.files],
        "manifest" if is_stamped else "arrival",
        max(stamps) if is_stamped else None,
        " ".join(run.identity for run in runs),
        "\n".join(run.manifest_text for run in runs).strip(),
        broken.problem if broken else None,
        broken.problem_file if broken else None,
        is_listed=all(run.manifest_text for run in runs),
        row_count=None if None in counts else sum(counts),
    )
