"""Intervals from the errors that the methods really made, not from a formula (conformal prediction).

Belongs here: how wide an interval must be at a lead so that it would have held in the backtest. An error is measured in
units of the scope's own usual error, so that calm and restless scopes can learn from each other; a scope with little
history borrows from its type. Does not belong here: the forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.analysis.forecast.backtest import TARGETS
from orchestration.analysis.forecast.champion import Champion, Judged
from orchestration.analysis.forecast.series import Key

LEVELS = (0.80, 0.95)
_MONTH = 30.44
_ENOUGH = 60
_LEAST_SPREAD = 0.005
_BORROWED = 6.0
_STARTING = 0.10
_NORMAL = {0.80: 1.2816, 0.95: 1.96}


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
        """Return the same for single days: the noise of a day, and what the level may have moved until then."""
        spread = self.spreads[key]
        moved = np.interp(leads / _MONTH, self.ends, self.sums[level]) * spread.month
        near = np.interp(0.5, self.ends, self.sums[level]) * spread.month
        noise = self.days[level] * spread.day
        return np.sqrt(noise**2 + np.maximum(moved**2 - near**2, 0.0)) * np.abs(expected)


def calibrate(judged: Sequence[Judged], champions: Mapping[Key, Champion]) -> Calibration:
    """Learn from the windows how wide intervals must be for the champions."""
    errors = _errors(judged, champions)
    spreads = _spreads(errors, champions)
    sums: dict[float, list[float]] = {level: [] for level in LEVELS}
    ends = [lead / _MONTH if unit == "days" else float(lead) for unit, lead in TARGETS if unit != "day"]
    numbers = [number for number, (unit, _) in enumerate(TARGETS) if unit != "day"]
    for number in numbers:
        values = np.array([abs(row[number]) / spreads[key].month for key, rows in errors.items() for row in rows])
        values = values[~np.isnan(values)]
        for level in LEVELS:
            sums[level].append(_quantile(values, level))
    order = np.argsort(ends)
    ends = np.array(ends)[order]
    widths = {level: _carried_on(np.array(found)[order], ends, level) for level, found in sums.items()}
    return Calibration(spreads, ends, widths, _day_widths(errors, spreads))


def _errors(judged: Sequence[Judged], champions: Mapping[Key, Champion]) -> dict[Key, list[np.ndarray]]:
    """Return relative errors by key, one row per origin, as TARGETS."""
    found: dict[Key, list[np.ndarray]] = {}
    for item in judged:
        champion = champions.get(item.window.key)
        said = item.window.said.get(champion.method) if champion else None
        if said is None or np.isnan(item.actual).all():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(said != 0, (item.actual - said) / np.abs(said), np.nan)
        found.setdefault(item.window.key, []).append(error)
    return found


def _spreads(errors: Mapping[Key, list[np.ndarray]], champions: Mapping[Key, Champion]) -> dict[Key, Spread]:
    """Return the usual error of every key, drawn to that of its type where it has few origins."""
    month = [number for number, (unit, lead) in enumerate(TARGETS) if unit == "month" and lead <= 2]
    day = [number for number, (unit, _) in enumerate(TARGETS) if unit == "day"]
    own = {key: (_usual(rows, month), _usual(rows, day), len(rows)) for key, rows in errors.items()}
    spreads = {}
    for key in champions:
        peers = [value for other, value in own.items() if other.scope_type == key.scope_type] or list(own.values())
        typical = [_middle([value[part] for value in peers]) for part in (0, 1)]
        mine = own.get(key, (np.nan, np.nan, 0))
        drawn = []
        for part in (0, 1):
            weight = 0.0 if np.isnan(mine[part]) else mine[2] / (mine[2] + _BORROWED)
            value = typical[part] if weight == 0.0 else weight * mine[part] + (1 - weight) * typical[part]
            drawn.append(max(value, _LEAST_SPREAD))
        spreads[key] = Spread(*drawn)
    return spreads


def _usual(rows: list[np.ndarray], numbers: list[int]) -> float:
    values = np.abs(np.array(rows)[:, numbers])
    values = values[~np.isnan(values)]
    return float(np.mean(np.minimum(values, 2.0))) if len(values) else float("nan")


def _middle(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else _STARTING


def _quantile(values: np.ndarray, level: float) -> float:
    """Return the value that a share `level` of new errors stays within; nan where too few are known."""
    if len(values) < _ENOUGH:
        return float("nan")
    return float(np.quantile(values, min(1.0, level * (1 + 1 / len(values)))))


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


def _day_widths(errors: Mapping[Key, list[np.ndarray]], spreads: Mapping[Key, Spread]) -> dict[float, float]:
    numbers = [number for number, (unit, _) in enumerate(TARGETS) if unit == "day"]
    values = [abs(row[number]) / spreads[key].day for key, rows in errors.items() for row in rows for number in numbers]
    known = np.array([value for value in values if not np.isnan(value)])
    found = {level: _quantile(known, level) for level in LEVELS}
    return {level: _NORMAL[level] * 1.25 if np.isnan(width) else width for level, width in found.items()}
