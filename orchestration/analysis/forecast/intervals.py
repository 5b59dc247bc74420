"""Intervals from the errors that the methods really made, not from a formula (conformal prediction).

Belongs here: how wide an interval must be at a lead so that it would have held in the backtest. An error is measured in
units of the scope's own usual error near and further ahead, so that calm and restless scopes can learn from each other;
a scope with little history borrows from its type. How much wider the outer interval is than the inner is learned from
all leads at once: the few errors far ahead cannot tell it. Does not belong here: the forecasts.
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

Past = Mapping[tuple[Key, date], np.ndarray]
"""What would have been forecast, by key and origin, as TARGETS."""
LEVELS = (0.80, 0.95)
_MONTH = 30.44
_ENOUGH = 60
_LEAST_SPREAD = 0.005
_LARGEST_ERROR = 100.0
"""Of what was said: a forecast of next to nothing says no more by how much of something it missed."""
_BORROWED = 6.0
_STARTING = 0.10
_NORMAL = {0.80: 1.2816, 0.95: 1.96}
_WORTH = 5
"""So many independent errors the scopes of one origin are worth. Chosen on tuning seeds (`tests/bench`)."""
_UNSEEN = 1.08
"""So much wider than the backtest asks: what a company never did before is in no error of its past. Chosen on all seeds
that had been seen (`tests/bench`), where months held 78.3 and 93.4 % without it."""
_LEAST_ORIGINS = 5
"""So many origins must tell a lead; those further ahead grow with the square root of time."""
_NEAR, _FAR = 1.5, 4.5
_MONTHS = [number for number, (unit, lead) in enumerate(TARGETS) if unit == "month" and lead <= 2]
_LATER = [number for number, (unit, lead) in enumerate(TARGETS) if unit == "month" and 3 <= lead <= 6]
_DAYS = [number for number, (unit, _) in enumerate(TARGETS) if unit == "day"]
_SUMS = [number for number, (unit, _) in enumerate(TARGETS) if unit != "day"]
_ENDS = np.array([lead / _MONTH if unit != "month" else lead for unit, lead in TARGETS])
"""How many months ahead each target ends."""
_IS_SPAN = np.array([unit == "days" for unit, _ in TARGETS])


@dataclass(frozen=True)
class Spread:
    """The usual error of a key as a share of its cost: of months one or two ahead, three to six ahead, and of a day."""

    month: float
    later: float
    day: float

    def at(self, months_ahead: np.ndarray | float) -> np.ndarray:
        """Return the usual error of sums that end so many months ahead."""
        return np.interp(months_ahead, (_NEAR, _FAR), (self.month, self.later))

    @property
    def units(self) -> np.ndarray:
        """What the errors of TARGETS are measured in."""
        return np.where(np.isin(np.arange(len(TARGETS)), _DAYS), self.day, self.at(_ENDS))


@dataclass(frozen=True)
class Calibration:
    """Half widths in units of the usual error: for sums by how many months ahead they end, for days by month ahead."""

    spreads: Mapping[Key, Spread]
    ends: np.ndarray
    sums: Mapping[float, np.ndarray]
    days: Mapping[float, float]

    def half_width(self, key: Key, level: float, months_ahead: float, expected: float) -> float:
        """Return how far a sum that ends so many months ahead may be off, upwards and downwards alike."""
        units = float(np.interp(months_ahead, self.ends, self.sums[level]))
        return units * float(self.spreads[key].at(months_ahead)) * abs(expected)

    def daily_half_widths(self, key: Key, level: float, leads: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the same for days: the error of a day, and after the first month what the level may have moved."""
        spread = self.spreads[key]
        moved = np.interp(leads / _MONTH, self.ends, self.sums[level]) * spread.at(leads / _MONTH)
        noise = self.days[level] * spread.day
        return np.hypot(noise, np.where(leads > _MONTH, moved, 0.0)) * np.abs(expected)


def calibrate(judged: Sequence[Judged], champions: Mapping[Key, object], past: Past) -> Calibration:
    """Learn from the windows how wide intervals must be for the champions.

    The errors are those of the forecasts of the `past`, each of the champion that the other origins have chosen.
    """
    errors = _errors(judged, past)
    spreads = _usual_errors(errors, champions)
    measured = _in_units(errors, spreads)
    counts = np.array(
        [len({one.window.origin for one in judged if not np.isnan(one.actual[n])}) for n in range(len(TARGETS))]
    )
    order = sorted(_SUMS, key=_ENDS.__getitem__)
    told = [n for n in order if counts[n] >= _LEAST_ORIGINS or _ENDS[n] <= 1]
    inner = np.full(len(TARGETS), np.nan)
    inner[told] = [_quantile(measured[:, n], LEVELS[0], int(counts[n])) for n in told]
    near = (measured / inner)[:, told]
    sums = {}
    for level in LEVELS:
        wider = 1.0 if level == LEVELS[0] else _quantile(near.ravel(), level, int(counts.max(initial=0)))
        wider = _NORMAL[level] / _NORMAL[LEVELS[0]] if np.isnan(wider) else max(wider, 1.0)
        sums[level] = wider * _carried_on(inner[order], _ENDS[order]) * np.where(_ENDS[order] >= 1, _UNSEEN, 1.0)
    days = {level: width * _UNSEEN for level, width in _day_widths(measured, int(counts[_DAYS[0]])).items()}
    return Calibration(spreads, _ENDS[order], sums, days)


def spoken(item: Judged, rivals: Mapping[date, Mapping[Key, Champion]]) -> np.ndarray | None:
    """Return what would have been forecast at an origin by its rival of the key; None where there was none."""
    champion = rivals.get(item.window.origin, {}).get(item.window.key)
    said = item.window.expected(champion.method) if champion else None
    recent = item.window.expected(RECENT_LEVEL)
    if said is None or recent is None:
        return said
    return np.where(_IS_SPAN, (said + recent) / 2, said)  # the rest of a month is forecast by both (`landing`)


def _errors(judged: Sequence[Judged], past: Past) -> dict[Key, list[np.ndarray]]:
    """Return relative errors by key, one row per origin, as TARGETS."""
    found: dict[Key, list[np.ndarray]] = {}
    for item in judged:
        said = past.get((item.window.key, item.window.origin))
        if said is None or np.isnan(item.actual).all():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(said != 0, (item.actual - said) / np.abs(said), np.nan)
        found.setdefault(item.window.key, []).append(np.clip(error, -_LARGEST_ERROR, _LARGEST_ERROR))
    return found


def _usual_errors(
    errors: Mapping[Key, list[np.ndarray]], champions: Mapping[Key, object], without: int | None = None
) -> dict[Key, Spread]:
    """Return the usual errors of every key, drawn to those of its type where it has few origins.

    `without` leaves the errors of one origin, by its number, out of the key's own.
    """
    kept = {key: [row for n, row in enumerate(rows) if n != without] for key, rows in errors.items()}
    own = {key: [_usual(rows, part) for part in (_MONTHS, _LATER, _DAYS)] for key, rows in kept.items()}
    found = {}
    for scope_type in {key.scope_type for key in champions}:
        peers = [value for key, value in own.items() if key.scope_type == scope_type] or list(own.values())
        typical = [_middle([value[part][0] for value in peers]) for part in (0, 1, 2)]
        typical = [typical[0], max(typical[:2]), typical[2]]
        for key in champions:
            if key.scope_type == scope_type:
                mine = own.get(key, [(np.nan, 0)] * 3)
                month, later, day = (_drawn(*one, usual) for one, usual in zip(mine, typical, strict=True))
                found[key] = Spread(*(max(value, _LEAST_SPREAD) for value in (month, max(month, later), day)))
    return found


def _drawn(own: float, count: int, typical: float) -> float:
    if np.isnan(own):
        return typical
    weight = count / (count + _BORROWED)
    return weight * own + (1 - weight) * typical


def _in_units(errors: Mapping[Key, list[np.ndarray]], spreads: Mapping[Key, Spread]) -> np.ndarray:
    """Return all errors in units of the usual ones of their key, which have not learned from them."""
    found = [np.full(len(TARGETS), np.nan)]
    for number in range(max((len(rows) for rows in errors.values()), default=0)):
        others = _usual_errors(errors, spreads, without=number)
        found += [np.abs(rows[number]) / others[key].units for key, rows in errors.items() if number < len(rows)]
    return np.array(found)


def _usual(rows: list[np.ndarray], numbers: list[int]) -> tuple[float, int]:
    """Return the mean error, and how many origins tell it."""
    values = np.abs(np.array(rows)[:, numbers]) if rows else np.full((1, 1), np.nan)
    known = ~np.isnan(values)
    if not known.any():
        return float("nan"), 0
    return float(np.mean(np.minimum(values[known], 2.0))), int(known.any(axis=1).sum())


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


def _carried_on(widths: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Fill leads that too few closed months tell by the square root of time; never narrower further ahead."""
    known = ~np.isnan(widths)
    if not known.any():
        return _NORMAL[LEVELS[0]] * 1.25 * np.sqrt(np.maximum(ends, 0.25))
    widths = widths.copy()
    last = np.flatnonzero(known)[-1]
    widths[last + 1 :] = widths[last] * np.sqrt(ends[last + 1 :] / ends[last])
    widths = np.interp(ends, ends[~np.isnan(widths)], widths[~np.isnan(widths)])
    months = ends >= 1
    widths[months] = np.maximum.accumulate(widths[months])
    return widths


def _day_widths(measured: np.ndarray, origin_count: int) -> dict[float, float]:
    found = {level: _quantile(measured[:, _DAYS].ravel(), level, origin_count) for level in LEVELS}
    return {level: _NORMAL[level] * 1.25 if np.isnan(width) else width for level, width in found.items()}
