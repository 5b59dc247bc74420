"""Forecasts from what is known of the future: announced changes, commitments that end, savings, volume.

Belongs here: what the steps still to come add to any method (`to_come`), and two methods on top of those of `methods`:
`known_changes` carries on the history as if every step of the past had always been there; `volume` forecasts cost per
unit and multiplies it with the volume. No method contains a step to come: it is added once, whichever method speaks.
Does not belong here: where these facts come from (`inputs`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from orchestration.analysis.forecast.methods import best_level, ets
from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.shape import Shape, take_apart

KNOWN_CHANGES, VOLUME = "known_changes", "volume"
_EVIDENCE_DAYS = 14
_LEAST_EVIDENCE = 7
_LEAST_WEEKS, _LATEST_WEEKS = 10, 9


@dataclass(frozen=True)
class Step:
    """A change of the cost of a day from `start` until `end` (exclusive; none is for good), and how likely it is."""

    start: date
    end: date | None
    daily_cost: float
    probability: float
    reason: str = ""

    def active(self, days: Days) -> np.ndarray:
        """Tell for each day, as 0 or 1, whether the change holds."""
        begin = max(0, (self.start - days.start).days)
        stop = days.length if self.end is None else max(0, (self.end - days.start).days)
        held = np.zeros(days.length)
        held[begin:stop] = 1.0
        return held


@dataclass(frozen=True)
class Known:
    """What is known about one key besides its cost: steps, and a daily volume with what is planned of it.

    `volume` begins with the first day of the cost; it may go on beyond its last, where the company itself forecast it.
    """

    steps: Sequence[Step] = field(default_factory=tuple)
    volume: np.ndarray | None = None


def realized_share(step: Step, cost: np.ndarray, days: Days) -> float:
    """Return how much of a step came true: measured two weeks before and after it, else how likely it was.

    A step too small to be seen in the ups and downs of the days counts as likely as it was.
    """
    at = (step.start - days.start).days
    after = cost[max(at, 0) : max(at, 0) + _EVIDENCE_DAYS]
    before = cost[max(0, at - _EVIDENCE_DAYS) : max(at, 0)]
    after, before = (part[: len(part) // 7 * 7] for part in (after, before[::-1]))
    if len(after) < _LEAST_EVIDENCE or len(before) < _LEAST_EVIDENCE or step.daily_cost == 0:
        return step.probability
    spread = np.hypot(np.std(after) / np.sqrt(len(after)), np.std(before) / np.sqrt(len(before)))
    if abs(step.daily_cost) < 3 * spread:
        return step.probability
    return float(np.clip((np.median(after) - np.median(before)) / step.daily_cost, 0.0, 1.5))


def driver_paths(
    cost: np.ndarray, days: Days, ahead: Days, known: Known, wanted: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Return the daily cost that follows by the two methods (or by those `wanted`), as far as something is known."""
    chosen = offered(known) & set(wanted if wanted is not None else (KNOWN_CHANGES, VOLUME))
    if not chosen:
        return {}
    shape, ahead_weeks, paths = take_apart(_levelled(known.steps, cost, days), days), -(-ahead.length // 7), {}
    if KNOWN_CHANGES in chosen:
        paths[KNOWN_CHANGES] = shape.daily(best_level(shape, ahead_weeks), ahead)
    if VOLUME in chosen:
        path = _by_volume(shape.weeks, known.volume, len(cost), ahead_weeks)
        if path is not None:
            paths[VOLUME] = shape.daily(path, ahead)
    nonnegative = cost.min() >= 0
    return {name: np.maximum(path, 0.0) if nonnegative else path for name, path in paths.items()}


def offered(known: Known) -> set[str]:
    """Return which of the two methods have something to go on."""
    return ({KNOWN_CHANGES} if known.steps else set()) | ({VOLUME} if known.volume is not None else set())


def to_come(steps: Sequence[Step], cost: np.ndarray, days: Days, ahead: Days) -> np.ndarray:
    """Return what steps that begin or end in the days ahead change on each of them."""
    change = np.zeros(ahead.length)
    for step in steps:
        change += counted_share(step, cost, days) * step.daily_cost * (step.active(ahead) - _holds_now(step, days))
    return change


def counted_share(step: Step, cost: np.ndarray, days: Days) -> float:
    """Return the share of a step that is counted: what came true of it, and before it begins how likely it is."""
    return realized_share(step, cost, days) if step.start <= days.last else step.probability


def _holds_now(step: Step, days: Days) -> float:
    return float(step.start <= days.last and (step.end is None or step.end > days.last))


def _levelled(steps: Sequence[Step], cost: np.ndarray, days: Days) -> np.ndarray:
    """Return the history as it would have been, had every step held then that holds now, and no other."""
    level = cost
    for step in steps:
        if step.start <= days.last:
            share = realized_share(step, cost, days)
            level = level + share * step.daily_cost * (_holds_now(step, days) - step.active(days))
    return np.maximum(level, 0.0) if cost.min() >= 0 else level


def _by_volume(weeks: np.ndarray, volume: np.ndarray, length: int, ahead: int) -> np.ndarray | None:
    """Return cost per unit carried on, times the volume: the company's own forecast of it as far as that goes.

    The newest weeks may lack their volume (a metric by month comes when the month is over): then both are carried on
    from the last week that has it. None where the volume is not there for ten whole weeks.
    """
    begin = length - 7 * len(weeks)
    past = volume[begin:length]
    known = np.flatnonzero(~np.isnan(past))
    late = 0 if not len(known) else -(-(len(past) - 1 - int(known[-1])) // 7)
    late += -(-(7 * len(weeks) - len(past)) // 7)
    count = len(weeks) - late
    if count < _LEAST_WEEKS or late > _LATEST_WEEKS or np.isnan(past[: 7 * count]).any():
        return None
    units = past[: 7 * count].reshape(count, 7).mean(axis=1)
    if (units <= 0).any():
        return None
    unit_cost = ets(weeks[:count] / units, ahead + late)[late:]
    carried = best_level(Shape(units, np.ones(7), ()), ahead + late)[late:]
    planned = volume[length:][: 7 * ahead]
    planned = planned[: len(planned) // 7 * 7].reshape(-1, 7).mean(axis=1)
    carried[: len(planned)] = np.where(np.isnan(planned), carried[: len(planned)], planned)
    return np.maximum(unit_cost, 0.0) * carried
