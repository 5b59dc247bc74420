"""Hours that stand out of their day: what began and ended within it, and what the day as a whole may hide.

A day has a level of its own, the median of its hours beside what these hours usually are: what moves the whole day is
the daily search's. An hour is judged by the days of its kind before it, working days or weekends: by how far the hours
of that scope are off usually, and by how far any of them was in five weeks, so that a job that comes once a month, or
an hour later today, is known. Several hours in a row may be what one of them is not.

Belongs here: one way through a panel of days and hours. Which hours people are told, and when, is `hourly`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

HOURS = 24
JUDGED = 14  # newest days that are judged
MEMORY = 35  # days before that are known: a month, so that its first day is
_LEAST_DAYS = 6  # of one kind, to tell what is usual
_ALWAYS = 0.8  # share of hours with cost in a scope that is judged by the hour
_SURE = 5.5  # standard deviations: a scope has two thousand such windows in two weeks
_BEYOND = 1.2  # times what was farthest off before, as many hours
_MARGIN = 0.2  # by which they stand out of the hours near them, and a day of all days before; a logarithm
_MOST = 0.5  # of what hours are off: as much of it must be left together with the hours near them
_NEAR = 2  # hours by which a job may come earlier or later
_FEW = 1.5  # by how much less sure a spread is, over the number of days that tell it
_CALMEST = 0.02  # what no scope is calmer than; a logarithm
_LENGTHS = (1, 2, 3, 4, 6, 8)
_SHARE = 0.05  # of what the scope costs a day: less is not worth a word
_ABSENT = 0.05  # of what is expected: less is no data
_CERTAINTY = 1.96
_FLOOR = 1e-4  # of a scope's usual hour: logarithms know no 0
_WEEKEND = 5


@dataclass(frozen=True)
class Standout:
    """Hours of one day in one scope that are off together; places in the panel, and money."""

    scope: int
    day: int
    first: int
    last: int
    up: bool
    expected: float
    low: float
    high: float
    actual: float
    usual_day: float
    """What the scope costs on such a day."""

    @property
    def impact(self) -> float:
        """Cost beside what was expected."""
        return self.actual - self.expected

    @property
    def is_missing(self) -> bool:
        """Whether there is next to nothing."""
        return self.actual < _ABSENT * self.expected


def search(cost: np.ndarray, judged: np.ndarray, weekday: np.ndarray) -> list[Standout]:
    """Find what stands out in the newest days.

    `cost` is money by scope, day and hour (UTC), days without a gap; `judged` says by scope and day what is complete
    and ordinary; `weekday` is 0 for a Monday. Each day is judged by the days before it alone.
    """
    found: list[Standout] = []
    weekend, days = weekday >= _WEEKEND, cost.shape[1]
    known = judged & (cost.sum(2) > 0)
    for day in range(max(days - JUDGED, 0), days):
        span = slice(max(day - MEMORY, 0), day)
        same = weekend[span] == weekend[day]
        for rows, before in _alike(np.flatnonzero(judged[:, day]), known[:, span]):
            if (before & same).sum() < _LEAST_DAYS:
                continue
            former = cost[rows][:, span]
            always = (former[:, before & same] > 0).mean((1, 2)) >= _ALWAYS
            if always.any():
                kinds = former[always][:, before & same], former[always][:, before & ~same]
                found += _judge(cost[rows[always], day], *kinds, rows[always], day)
    return found


def _alike(rows: np.ndarray, known: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Group scopes that know the same days."""
    masks, group = np.unique(known[rows], axis=0, return_inverse=True)
    for number, mask in enumerate(masks):
        yield rows[group.ravel() == number], mask


def _judge(today: np.ndarray, same: np.ndarray, other: np.ndarray, scopes: np.ndarray, day: int) -> Iterator[Standout]:
    """Judge a day of scopes by the days of its kind before it; and by how far off any day before it was."""
    floor = _FLOOR * np.median(same, axis=(1, 2))
    logs = np.log(np.maximum(today, floor[:, None]))
    profile, levels, past = _profile(np.log(np.maximum(same, floor[:, None, None])))
    level, errors = _off(logs, profile)
    every, stood, extra = past, past + profile[:, None], same - np.exp(profile[:, None] + levels)
    # where most hours of a day are gone, or too many, those that are as ever look as if they were off
    is_low = level[:, 0] < levels[:, :, 0].min(1) - _MARGIN
    is_high = level[:, 0] > levels[:, :, 0].max(1) + _MARGIN
    if other.shape[1] > 1:
        usually, before, apart = _profile(np.log(np.maximum(other, floor[:, None, None])))
        every = np.concatenate([every, apart], axis=1)
        stood = np.concatenate([stood, apart + usually[:, None]], axis=1)
        extra = np.concatenate([extra, other - np.exp(usually[:, None] + before)], axis=1)
    usual = np.exp(profile + level)
    more = today - usual
    spreads = {length: _spread(past, length) for length in _LENGTHS}
    wide = np.exp(_CERTAINTY * spreads[1])
    below, beyond = usual * (1 - 1 / wide), usual * (wide - 1)
    for sign in (1, -1):
        first, length = _best(
            spreads, (sign * errors, sign * every), (sign * (logs - level), sign * stood), (sign * more, sign * extra)
        )
        for place in np.flatnonzero((length > 0) & ~(is_low if sign > 0 else is_high)):
            hours = slice(first[place], first[place] + length[place])
            expected, actual = float(usual[place, hours].sum()), float(today[place, hours].sum())
            if sign * (actual - expected) >= _SHARE * usual[place].sum():
                yield Standout(
                    *(int(scopes[place]), day, int(hours.start), int(hours.stop) - 1, sign > 0),
                    expected=expected,
                    low=expected - float(np.sqrt((below[place, hours] ** 2).sum())),
                    high=expected + float(np.sqrt((beyond[place, hours] ** 2).sum())),
                    actual=actual,
                    usual_day=float(usual[place].sum()),
                )


def _profile(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the usual hours of such days, the level of each day, and how far each hour was off."""
    profile = np.median(logs - np.median(logs, axis=2, keepdims=True), axis=1)
    for _ in range(2):
        profile = profile + np.median(_off(logs, profile[:, None])[1], axis=1)
    return profile, *_off(logs, profile[:, None])


def _off(logs: np.ndarray, profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of each day and how far its hours are off."""
    level = np.median(logs - profile, axis=-1, keepdims=True)
    return level, logs - profile - level


def _spread(past: np.ndarray, length: int) -> np.ndarray:
    """Return how far so many hours in a row are off usually, by the first of them; fewer days tell it less surely."""
    means = np.abs(_windows(past, length).mean(-1))
    overall = np.median(means, axis=(1, 2))[:, None]
    spread = 1.4826 * np.maximum(overall, np.median(means, axis=1)) * (1 + _FEW / past.shape[1])
    return np.maximum(spread, _CALMEST)


_Pair = tuple[np.ndarray, np.ndarray]  # of the day, and of all days before it


def _best(spreads: dict[int, np.ndarray], errors: _Pair, stands: _Pair, extra: _Pair) -> _Pair:
    """Find first hour and length of what is farthest beyond its threshold upwards; a length of 0 is nothing.

    It must be more than these hours are off usually and than such hours ever were, in logarithms and in money. A job
    that comes an hour earlier is no news: it must stand out of all hours near it, and be more than what those lack.
    """
    best = np.ones(len(errors[0]))
    first, found = np.zeros(len(best), dtype=int), np.zeros(len(best), dtype=int)
    around = np.pad(extra[0], ((0, 0), (_NEAR, _NEAR)))
    for length, spread in spreads.items():
        off, money = _windows(errors[0], length).mean(-1), _windows(extra[0], length).sum(-1)
        needed = np.maximum(_SURE * spread, _BEYOND * _near(errors[1], length))
        is_new = (_windows(errors[0], length).min(-1) > 0) & (money > _BEYOND * length * _near(extra[1], length))
        is_new &= _windows(stands[0], length).mean(-1) > _near(stands[1], length) + _MARGIN
        is_new &= _windows(around, length + 2 * _NEAR).sum(-1) > _MOST * money
        ratio = np.where(is_new, off / needed, 0.0)
        place = ratio.argmax(1)
        most = ratio[np.arange(len(ratio)), place]
        first, found = np.where(most > best, place, first), np.where(most > best, length, found)
        best = np.maximum(best, most)
    return first, found


def _near(days: np.ndarray, length: int) -> np.ndarray:
    """Return the most that so many hours in a row were on any of these days, beginning about the same hour."""
    most = _windows(days, length).mean(-1).max(1)
    return _windows(np.pad(most, ((0, 0), (_NEAR, _NEAR)), constant_values=-np.inf), 2 * _NEAR + 1).max(-1)


def _windows(values: np.ndarray, length: int) -> np.ndarray:
    """Return all that are so many in a row, within a day."""
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=-1)
