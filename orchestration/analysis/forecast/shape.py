"""What repeats in a daily series: fees on a day of the month, and the week; what is left is a level, week by week.

Belongs here: taking a series apart and putting daily cost together again. Does not belong here: how the level goes on
(`methods`). Weeks are counted back from the last day, so that each is whole, holds every weekday once, and the newest
days count fully.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.analysis.forecast.months import Days

_WEEKS_OF_PROFILE = 10
_OCCURRENCES = 3
_SELDOM = (3, 12)
_ALIKE = 0.25
_TO_NORMAL = 1.4826  # the median absolute deviation of a normal distribution, as its standard deviation


@dataclass(frozen=True)
class Fee:
    """What is charged on a day of the month (1 to 28 as such, the last day as -1), every so many months.

    `phase` tells which months: those whose number leaves it as the rest of a division by `every`.
    """

    month_day: int
    amount: float
    every: int = 1
    phase: int = 0

    def falls_on(self, days: Days) -> np.ndarray:
        """Tell for each day whether the fee is charged on it."""
        return _falls_on(self.month_day, days) & (days.month % self.every == self.phase)


@dataclass(frozen=True)
class Shape:
    """A series taken apart: weekly means without fees, a factor by weekday, and the fees."""

    weeks: np.ndarray
    weekday_factors: np.ndarray
    fees: tuple[Fee, ...]

    def daily(self, level: np.ndarray, days: Days) -> np.ndarray:
        """Return daily cost from a level for each week that comes."""
        cost = np.repeat(level, 7)[: days.length] * self.weekday_factors[days.weekday]
        for fee in self.fees:
            cost = cost + np.where(fee.falls_on(days), fee.amount, 0.0)
        return cost


def take_apart(cost: np.ndarray, days: Days) -> Shape:
    """Return what repeats in `cost` and the weekly level under it; never fails, however short or odd the series."""
    surprise, usual = _against_same_weekday(cost)
    fees, fee_part = _fees(cost, surprise, usual, days)
    plain = _without_spikes(cost - fee_part)
    count = len(plain) // 7
    weeks = plain[len(plain) - 7 * count :].reshape(count, 7).mean(axis=1) if count else np.array([plain.mean()])
    return Shape(weeks, _weekday_factors(plain, days, weeks), fees)


def _falls_on(day: int, days: Days) -> np.ndarray:
    return days.from_end == 1 if day < 0 else (days.month_day == day) & (days.from_end > 1)


def _against_same_weekday(cost: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the difference of each day from the same weekday around it, and how large that usually is."""
    length = len(cost)
    around = np.full((4, length), np.nan)
    for row, step in enumerate((-14, -7, 7, 14)):
        if abs(step) < length:
            if step < 0:
                around[row, -step:] = cost[:step]
            else:
                around[row, :-step] = cost[step:]
    known = ~np.isnan(around).all(axis=0)
    middle = np.array(cost, dtype=float)
    if known.any():
        middle[known] = np.nanmedian(around[:, known], axis=0)
    if not known.all():
        middle[~known] = np.median(cost)
    surprise = cost - middle
    return surprise, _TO_NORMAL * float(np.median(np.abs(surprise)))


def _fees(cost: np.ndarray, surprise: np.ndarray, usual: float, days: Days) -> tuple[tuple[Fee, ...], np.ndarray]:
    """Find what is charged on a day of the month: it must have come each of the last times, and stand out.

    A single first of the month counts too, if it stands out by far: many fees come on it. What has not come in a month
    that is still open may come late, so it does not count against a fee.
    """
    part, fees = np.zeros(len(cost)), []
    floor = max(usual, 1e-3 * float(np.mean(np.abs(cost))), 1e-9)
    level = float(np.median(np.abs(cost)))
    still_open = days.month[-1] if days.from_end[-1] > 1 else None
    for day in (*range(1, 29), -1):
        at = np.flatnonzero(_falls_on(day, days))
        if len(at) and days.month[at[-1]] == still_open and abs(surprise[at[-1]]) <= 3.5 * floor:
            at = at[:-1]
        recent = surprise[at[-_OCCURRENCES:]]
        if len(recent) >= 2:
            found = abs(recent.sum()) == np.abs(recent).sum() and np.abs(recent).min() > 3.5 * floor
        else:
            found = len(recent) == 1 and day == 1 and abs(recent[0]) > max(8 * floor, level)
        fee = Fee(day, _next_fee(recent)) if found else _seldom(day, at, surprise, floor, days)
        if fee is not None:
            fees.append(fee)
            at = np.flatnonzero(fee.falls_on(days))
            same = at[(np.sign(surprise[at]) == np.sign(fee.amount)) & (np.abs(surprise[at]) > 2 * floor)]
            part[same] = surprise[same]
    return tuple(fees), part


def _seldom(day: int, at: np.ndarray, surprise: np.ndarray, floor: float, days: Days) -> Fee | None:
    """Find a fee that comes every quarter or year: twice or more, of like size, far out, and not between.

    Two spikes a quarter apart are not rare where there are 29 days to be on, hence the likeness.
    """
    if np.count_nonzero(np.abs(surprise[at]) > 8 * floor) < 2:  # which is nearly every day of every series
        return None
    for every in _SELDOM:
        for phase in range(every):
            mine = at[days.month[at] % every == phase][-_OCCURRENCES:]
            if len(mine) < 2:
                continue
            between = at[(at > mine[0]) & (days.month[at] % every != phase)]
            sizes = surprise[mine]
            stands = np.abs(sizes).min() > 8 * floor and abs(sizes.sum()) == np.abs(sizes).sum()
            alike = np.ptp(sizes) <= _ALIKE * np.abs(sizes).max()
            if stands and alike and not (np.abs(surprise[between]) > np.abs(sizes).min() / 2).any():
                return Fee(day, _next_fee(sizes), every, phase)
    return None


def _next_fee(recent: np.ndarray) -> float:
    """Return the last fee where it repeats the one before (a new price holds), else the middle of the last ones."""
    if len(recent) > 1 and abs(recent[-1] - recent[-2]) <= 0.02 * abs(recent[-2]):
        return float(recent[-1])
    return float(np.median(recent))


def _without_spikes(cost: np.ndarray) -> np.ndarray:
    """Return the series with lone days far from the same weekday around them put back; runs of days are a new level."""
    if len(cost) < 15:
        return cost
    surprise, usual = _against_same_weekday(cost)
    far = np.abs(surprise) > 6 * max(usual, 1e-2 * float(np.mean(np.abs(cost))))
    padded = np.concatenate(([False], far, [False]))
    alone = far & ~padded[:-2] & ~padded[2:]
    return np.where(alone, cost - surprise, cost)


def _weekday_factors(plain: np.ndarray, days: Days, weeks: np.ndarray) -> np.ndarray:
    """Return the share of each weekday in the weekly mean, over the last ten weeks; 1 where no week can be told."""
    count = min(len(plain) // 7, _WEEKS_OF_PROFILE)
    flat = np.ones(7)
    if count < 2:
        return flat
    levels = weeks[-count:]
    if (levels <= 0).any() or levels.max() > 20 * levels.min():
        return flat
    shares = plain[-7 * count :].reshape(count, 7) / levels[:, None]
    middle = np.median(shares, axis=0)
    if middle.sum() <= 0:
        return flat
    factors = np.empty(7)
    factors[days.weekday[-7:]] = middle * 7 / middle.sum()
    return factors
