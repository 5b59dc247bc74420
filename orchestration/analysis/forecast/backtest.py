"""The rolling backtest: what every method would have said at the end of each closed month.

Belongs here: windows (one key at one origin), what is kept of them, and which of them must be computed at all. A window
whose inputs did not change is taken from what was kept. Does not belong here: judging them (`champion`, `intervals`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from orchestration.analysis.forecast.coherence import Family, handed_down
from orchestration.analysis.forecast.drivers import Known, driver_paths, to_come
from orchestration.analysis.forecast.methods import SEASONAL_NAIVE, daily_paths
from orchestration.analysis.forecast.months import Days, add_months, first_of, is_month_end, last_of
from orchestration.analysis.forecast.series import Key, Panel
from orchestration.analysis.workers import Workers

METHODS_VERSION = 2
"""Counts up when a method or `shape` changes what it says: then nothing that was kept is used again."""
MONTHS_AHEAD = 18
ORIGINS = 14
SHORTEST_HISTORY = 28
_MANY = 500  # windows, seconds of work, that more processes than this one are worth
DAYS, SPANS = (1, 3, 7, 12, 18, 24), (7, 14, 21)
SPANS_AFTER = 3
"""Spans stand for the rest of a month, so they leave out its first days, where fees dwarf the error of what is used."""
TARGETS: tuple[tuple[str, int], ...] = (
    *(("day", lead) for lead in DAYS),
    *(("days", lead) for lead in SPANS),
    *(("month", lead) for lead in range(1, MONTHS_AHEAD + 1)),
)
"""What is kept of a path: single days, sums of so many days, and months; each by how far ahead."""


@dataclass(frozen=True)
class Window:
    """What the methods said about one key at the end of `origin`: an array as long as TARGETS for each method.

    `changes` is what was announced for the days after it, which is added to every method but the naive one.
    """

    key: Key
    origin: date
    fingerprint: str
    said: Mapping[str, np.ndarray]
    changes: np.ndarray | None = None

    def expected(self, method: str) -> np.ndarray | None:
        """Return what would have been forecast by a method; None where it could not speak."""
        said = self.said.get(method)
        if said is None or self.changes is None or method == SEASONAL_NAIVE:
            return said
        return np.where(said >= 0, np.maximum(said + self.changes, 0.0), said + self.changes)


def origins(last: date, start: date) -> list[date]:
    """Return the ends of the last closed months that have enough history before them, oldest first."""
    end = last if is_month_end(last) else first_of(last) - timedelta(days=1)
    found = [add_months(first_of(end), 1 - step) - timedelta(days=1) for step in range(ORIGINS)]
    return [origin for origin in reversed(found) if (origin - start).days + 1 >= SHORTEST_HISTORY]


def fingerprint(cost: np.ndarray, start: date, known: Known) -> str:
    """Return what names the inputs of a window: cost until then to a millionth, steps and volume of it, the methods.

    Steps to come are no part of what methods say, so that a new one does not compute the past anew.
    """
    last = start + timedelta(days=len(cost) - 1)
    told = "".join(
        f"{step.start}{step.end if step.end and step.end <= last else None}{step.daily_cost:.6f}{step.probability:.6f}"
        for step in known.steps
        if step.start <= last
    )
    told += str(bool(known.steps))
    digest = hashlib.md5(f"{METHODS_VERSION}|{start}|{told}|".encode(), usedforsecurity=False)
    digest.update(np.round(cost * 1e6).astype(np.int64).tobytes())
    if known.volume is not None:
        digest.update(np.round(known.volume, 6).tobytes())
    return digest.hexdigest()


def all_paths(
    cost: np.ndarray, days: Days, ahead: Days, known: Known, wanted: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Return the daily cost that follows by every method that can say it (or by those `wanted`)."""
    return {**daily_paths(cost, days, ahead, wanted), **driver_paths(cost, days, ahead, known, wanted)}


def summarized(path: np.ndarray, origin: date) -> np.ndarray:
    """Return a path as TARGETS has it."""
    total = np.concatenate(([0.0], np.cumsum(path)))
    values = [path[lead - 1] for lead in DAYS] + [total[SPANS_AFTER + lead] - total[SPANS_AFTER] for lead in SPANS]
    for lead in range(1, MONTHS_AHEAD + 1):
        begin, end = month_span(origin, lead)
        values.append(total[end] - total[begin])
    return np.array(values)


def month_span(origin: date, lead: int) -> tuple[int, int]:
    """Return which days of a path that begins after `origin` are the month so far ahead; `end` exclusive."""
    first = add_months(first_of(origin), lead)
    begin = (first - origin).days - 1
    return max(begin, 0), (last_of(first) - origin).days


def known_of(known: Known, begin: int, length: int | None = None) -> Known:
    """Return what is known of a cost that begins later and ends at `length`: of the volume what had been by then."""
    return Known(known.steps, None if known.volume is None else known.volume[begin:length])


def windows(
    panel: Panel,
    known: Mapping[Key, Known],
    kept: Iterable[Window] = (),
    whole: Sequence[Family] = (),
    workers: Workers | None = None,
) -> tuple[list[Window], int]:
    """Return a window for every key and origin, and how many had to be computed; the others were kept.

    `whole` tells which keys add up, so that announced changes reach those that they were not announced for.
    """
    said = {window.fingerprint: window.said for window in kept}
    new: dict[str, tuple[date, np.ndarray, date, Known]] = {}
    found = []
    for key, cost in panel.costs.items():
        alive = np.flatnonzero(cost)
        if not len(alive):
            continue
        begin = int(alive[0])
        start = panel.start + timedelta(days=begin)
        for origin in origins(panel.last, start):
            length = (origin - panel.start).days + 1
            if panel.missing[key.currency][length - 1]:  # no method could have known what the bill did not say
                continue
            told = known_of(known.get(key, Known()), begin, length)
            history = cost[begin:length]
            name = fingerprint(history, start, told)
            if name not in said:  # scopes whose cost is the same (a provider with one service) share what is said
                new[name] = (origin, history, start, told)
            found.append(Window(key, origin, name, {}, _changes(origin, history, start, told)))
    said |= zip(new, (workers or Workers()).map(_said, list(new.values()), _MANY), strict=True)
    found = [replace(window, said=said[window.fingerprint]) for window in found]
    return _handed_down(found, panel, whole), len(new)


def _handed_down(found: Sequence[Window], panel: Panel, whole: Sequence[Family]) -> list[Window]:
    """Return the windows with the changes that every key had to expect at the origin."""
    changes: dict[date, dict[Key, np.ndarray]] = {}
    for window in found:
        if window.changes is not None:
            changes.setdefault(window.origin, {})[window.key] = window.changes
    for origin, some in changes.items():
        end = (origin - panel.start).days + 1
        levels = {key: float(cost[max(0, end - 28) : end].mean()) for key, cost in panel.costs.items()}
        changes[origin] = handed_down(some, whole, levels)
    return [replace(window, changes=changes.get(window.origin, {}).get(window.key)) for window in found]


def _ahead(origin: date) -> Days:
    return Days(origin + timedelta(days=1), month_span(origin, MONTHS_AHEAD)[1])


def _changes(origin: date, history: np.ndarray, start: date, told: Known) -> np.ndarray | None:
    if not told.steps:
        return None
    return summarized(to_come(told.steps, history, Days(start, len(history)), _ahead(origin)), origin)


def _said(origin: date, history: np.ndarray, start: date, told: Known) -> Mapping[str, np.ndarray]:
    with np.errstate(all="ignore"):  # as for all of the forecast, also in a process of its own
        said = all_paths(history, Days(start, len(history)), _ahead(origin), told)
        return {method: summarized(path, origin) for method, path in said.items()}


def happened(panel: Panel, window: Window) -> np.ndarray:
    """Return what TARGETS came to be; nan where it is not over yet, or where its bill is missing."""
    cost = panel.costs.get(window.key)
    values = np.full(len(TARGETS), np.nan)
    if cost is None:
        return values
    length = (window.origin - panel.start).days + 1
    after, missing = cost[length:], panel.missing[window.key.currency][length:]
    total = np.concatenate(([0.0], np.cumsum(after)))
    for number, (unit, lead) in enumerate(TARGETS):
        begin, end = {"day": (lead - 1, lead), "days": (SPANS_AFTER, SPANS_AFTER + lead)}.get(unit) or month_span(
            window.origin, lead
        )
        if end <= len(after) and not missing[begin:end].any():
            values[number] = total[end] - total[begin]
    return values
