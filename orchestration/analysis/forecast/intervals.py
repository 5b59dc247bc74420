"""Intervals from the errors that the methods really made, not from a formula (conformal prediction).

Belongs here: how wide an interval must be at a lead so that it would have held in the backtest. An error is measured in
units of the scope's own usual error, so that calm and restless scopes can learn from each other; a scope with little
history borrows from its type. Does not belong here: the forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.analysis.forecast.backtest import TARGETS
from orchestration.analysis.forecast.champion import Champion, Judged
from orchestration.analysis.forecast.methods import RECENT_LEVEL
from orchestration.analysis.forecast.series import Key

LEVELS = (0.80, 0.95)
_MONTH = 30.44
_ENOUGH = 60
_LEAST_SPREAD = 0.005
_BORROWED = 6.0
_STARTING = 0.10
_NORMAL = {0.80: 1.2816, 0.95: 1.96}
_WORTH = 5
"""So many independent errors the scopes of one origin are worth. Chosen on tuning seeds (`tests/bench`)."""
_ALL = range(len(TARGETS))
_MONTHS = [number for number, (unit, lead) in enumerate(TARGETS) if unit == "month" and lead <= 2]
_IS_SPAN = np.array([unit == "days" for unit, _ in TARGETS])
_DAYS = [number for number, (unit, _) in enumerate(TARGETS) if unit == "day"]


@dataclass(frozen=True)
class Spread:
    """The usual error of a key as a share of its cost: of a month, and of a day."""

    month: float
    day: float


@dataclass(frozen=True)
class Calibration:
    """Half widths in units of the usual error: for sums by how many months ahead they end, for days by month ahead."""

    spreads: Mapping[Key, Spread]
    ends: np.ndarray
    sums: Mapping[float, np.ndarray]
    days: Mapping[float, float]

    def half_width(self, key: Key, level: float, months_ahead: float, expected: float) -> float:
        """Return how far a sum that ends so many months ahead may be off, upwards and downwards alike."""
        return float(np.interp(months_ahead, self.ends, self.sums[level])) * self.spreads[key].month * abs(expected)

    def daily_half_widths(self, key: Key, level: float, leads: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the same for days: the error of a day, and after the first month what the level may have moved."""
        spread = self.spreads[key]
        moved = np.interp(leads / _MONTH, self.ends, self.sums[level]) * spread.month
        noise = self.days[level] * spread.day
        return np.hypot(noise, np.where(leads > _MONTH, moved, 0.0)) * np.abs(expected)


def calibrate(
    judged: Sequence[Judged], champions: Mapping[Key, Champion], rivals: Mapping[date, Mapping[Key, Champion]]
) -> Calibration:
    """Learn from the windows how wide intervals must be for the champions.

    The errors of an origin are those of its `rivals`: the champions that the other origins have chosen.
    """
    errors = _errors(judged, rivals)
    usual = _usual_errors(errors, champions)
    spreads = {key: Spread(*(max(value, _LEAST_SPREAD) for value in drawn)) for key, drawn in usual.items()}
    month, day = _in_units(errors, usual)
    origin_counts = np.array(
        [len({item.window.origin for item in judged if not np.isnan(item.actual[n])}) for n in _ALL]
    )
    sums: dict[float, list[float]] = {level: [] for level in LEVELS}
    numbers = [number for number, (unit, _) in enumerate(TARGETS) if unit != "day"]
    ends = [lead / _MONTH if unit == "days" else float(lead) for unit, lead in TARGETS if unit != "day"]
    for number in numbers:
        for level in LEVELS:
            sums[level].append(_quantile(month[:, number], level, int(origin_counts[number])))
    order = np.argsort(ends)
    ends = np.array(ends)[order]
    widths = {level: _carried_on(np.array(found)[order], ends, level) for level, found in sums.items()}
    return Calibration(spreads, ends, widths, _day_widths(day, int(origin_counts[_DAYS[0]])))


def _errors(judged: Sequence[Judged], rivals: Mapping[date, Mapping[Key, Champion]]) -> dict[Key, list[np.ndarray]]:
    """Return relative errors by key, one row per origin, as TARGETS."""
    found: dict[Key, list[np.ndarray]] = {}
    for item in judged:
        champion = rivals.get(item.window.origin, {}).get(item.window.key)
        said = item.window.expected(champion.method) if champion else None
        if said is None or np.isnan(item.actual).all():
            continue
        recent = item.window.expected(RECENT_LEVEL)
        if recent is not None:  # the rest of a month is forecast by both (`landing`)
            said = np.where(_IS_SPAN, (said + recent) / 2, said)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(said != 0, (item.actual - said) / np.abs(said), np.nan)
        found.setdefault(item.window.key, []).append(error)
    return found


def _usual_errors(
    errors: Mapping[Key, list[np.ndarray]], champions: Mapping[Key, Champion], without: int | None = None
) -> dict[Key, tuple[float, float]]:
    """Return the usual error of every key in months and days, drawn to that of its type where it has few origins.

    `without` leaves the errors of one origin, by its number, out of the key's own.
    """
    kept = {key: [row for n, row in enumerate(rows) if n != without] for key, rows in errors.items()}
    own = {key: (_usual(rows, _MONTHS), _usual(rows, _DAYS), len(rows)) for key, rows in kept.items()}
    found = {}
    for scope_type in {key.scope_type for key in champions}:
        peers = [value for key, value in own.items() if key.scope_type == scope_type] or list(own.values())
        typical = [_middle([value[part] for value in peers]) for part in (0, 1)]
        for key in champions:
            if key.scope_type == scope_type:
                mine = own.get(key, (np.nan, np.nan, 0))
                found[key] = (_drawn(mine[0], typical[0], mine[2]), _drawn(mine[1], typical[1], mine[2]))
    return found


def _drawn(own: float, typical: float, count: int) -> float:
    if np.isnan(own):
        return typical
    weight = count / (count + _BORROWED)
    return weight * own + (1 - weight) * typical


def _in_units(
    errors: Mapping[Key, list[np.ndarray]], usual: Mapping[Key, tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return all errors in units of the usual one of their key, which has not learned from them; by month, by day."""
    month, day = [np.full(len(TARGETS), np.nan)], [np.full(len(TARGETS), np.nan)]
    champions = dict.fromkeys(usual)
    for number in range(max((len(rows) for rows in errors.values()), default=0)):
        others = _usual_errors(errors, champions, without=number)
        for key, rows in errors.items():
            if number < len(rows):
                month.append(np.abs(rows[number]) / max(others[key][0], _LEAST_SPREAD))
                day.append(np.abs(rows[number]) / max(others[key][1], _LEAST_SPREAD))
    return np.array(month), np.array(day)


def _usual(rows: list[np.ndarray], numbers: list[int]) -> float:
    values = np.abs(np.array(rows)[:, numbers]) if rows else np.array([])
    values = values[~np.isnan(values)]
    return float(np.mean(np.minimum(values, 2.0))) if len(values) else float("nan")


def _middle(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else _STARTING


def _quantile(values: np.ndarray, level: float, origin_count: int) -> float:
    """Return the value that a share `level` of new errors stays within; nan where too few are known.

    Scopes err together, so many errors of few origins are fewer than they seem: the level is raised a little.
    """
    values = values[~np.isnan(values)]
    if len(values) < _ENOUGH:
        return float("nan")
    raised = level * (1 + 1 / (_WORTH * max(origin_count, 1)))
    return float(np.quantile(values, min(1.0, raised)))


def _carried_on(widths: np.ndarray, ends: np.ndarray, level: float) -> np.ndarray:
    """Fill leads that no closed month could tell by the square root of time; never narrower further ahead."""
    known = ~np.isnan(widths)
    if not known.any():
        return _NORMAL[level] * 1.25 * np.sqrt(np.maximum(ends, 0.25))
    widths = widths.copy()
    last = np.flatnonzero(known)[-1]
    widths[last + 1 :] = widths[last] * np.sqrt(ends[last + 1 :] / ends[last])
    widths = np.interp(ends, ends[~np.isnan(widths)], widths[~np.isnan(widths)])
    months = ends >= 1
    widths[months] = np.maximum.accumulate(widths[months])
    return widths


def _day_widths(day: np.ndarray, origin_count: int) -> dict[float, float]:
    found = {level: _quantile(day[:, _DAYS].ravel(), level, origin_count) for level in LEVELS}
    return {level: _NORMAL[level] * 1.25 if np.isnan(width) else width for level, width in found.items()}
