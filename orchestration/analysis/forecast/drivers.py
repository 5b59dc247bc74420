"""Forecasts from what is known of the future: announced changes, commitments that end, savings, volume.

Belongs here: two methods on top of those of `methods`: `known_changes` carries on the history as if every step had
always been there and adds the steps to come; `volume` forecasts cost per unit and multiplies it with the volume. Does
not belong here: where these facts come from (`inputs`).
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
    weighed = [(step, realized_share(step, cost, days)) for step in known.steps]
    history, future = _levelled(weighed, cost, days), _still_to_come(weighed, ahead, days)
    shape, ahead_weeks, paths = take_apart(history, days), -(-ahead.length // 7), {}
    if KNOWN_CHANGES in chosen:
        paths[KNOWN_CHANGES] = shape.daily(best_level(shape, ahead_weeks), ahead) + future
    if VOLUME in chosen:
        path = _by_volume(shape.weeks, known.volume, len(cost), ahead_weeks)
        if path is not None:
            paths[VOLUME] = shape.daily(path, ahead) + future
    nonnegative = cost.min() >= 0
    return {name: np.maximum(path, 0.0) if nonnegative else path for name, path in paths.items()}


def offered(known: Known) -> set[str]:
    """Return which of the two methods have something to go on."""
    return ({KNOWN_CHANGES} if known.steps else set()) | ({VOLUME} if known.volume is not None else set())


def _levelled(weighed: list[tuple[Step, float]], cost: np.ndarray, days: Days) -> np.ndarray:
    """Return the history as it would have been, had every step held then that holds now, and no other."""
    level = cost
    for step, share in weighed:
        held = step.active(days)
        level = level + share * step.daily_cost * (held[-1] - held)
    return np.maximum(level, 0.0) if cost.min() >= 0 else level


def _still_to_come(weighed: list[tuple[Step, float]], ahead: Days, days: Days) -> np.ndarray:
    change = np.zeros(ahead.length)
    for step, share in weighed:
        change += share * step.daily_cost * (step.active(ahead) - step.active(days)[-1])
    return change


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
