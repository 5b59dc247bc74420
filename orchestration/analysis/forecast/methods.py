"""The methods that compete: each sees a series as it was known on a day and says the daily cost that follows.

Belongs here: one small function per method on the weekly level (`shape`), the seasonal naive that all are measured
against, and which history each needs. Does not belong here: what is known of the future (`drivers`), which method wins
(`champion`). Smoothing and decomposition are statsmodels'.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.shape import Shape, take_apart

YEAR_WEEKS = 52
_YEAR_DAYS, _SHORTEST_MONTH = 365, 31
Level = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Method:
    """A method by name: the weeks of history it needs, and how it carries a level on."""

    name: str
    weeks_needed: int
    level: Level


def load() -> None:
    """Import what the methods use, seconds of work that only a forecast needs."""
    import statsmodels.tsa.holtwinters  # noqa: PLC0415
    import statsmodels.tsa.seasonal  # noqa: F401, PLC0415


def recent_level(weeks: np.ndarray, ahead: int) -> np.ndarray:
    """Carry on the mean of the last four weeks."""
    return np.full(ahead, weeks[-4:].mean())


def ets(weeks: np.ndarray, ahead: int) -> np.ndarray:
    """Smooth level and trend exponentially, the trend damped (ETS A,Ad,N)."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415 - slow to import

    size = _size(weeks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(weeks / size, trend="add", damped_trend=True, initialization_method="heuristic")
        return size * np.asarray(model.fit(use_brute=False).forecast(ahead))


def theta(weeks: np.ndarray, ahead: int) -> np.ndarray:
    """Carry on the theta lines: half the slope of the whole history, the level smoothed exponentially."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing  # noqa: PLC0415 - slow to import

    # In the form that Hyndman and Billah (2003) proved equal: smoothing with a drift. statsmodels' own class fits the
    # same by a state space, in three times the time.
    size = _size(weeks)
    scaled = weeks / size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = SimpleExpSmoothing(scaled, initialization_method="heuristic").fit(use_brute=False)
    alpha = max(float(fit.params["smoothing_level"]), 1e-4)
    slope = float(np.polyfit(np.arange(len(scaled)), scaled, 1)[0])
    steps = np.arange(ahead) + (1 - (1 - alpha) ** len(scaled)) / alpha
    return size * (float(fit.forecast(1)[0]) + slope / 2 * steps)


def mstl(weeks: np.ndarray, ahead: int) -> np.ndarray:
    """Take the year out (STL on logarithms), smooth what is left, put the year back."""
    from statsmodels.tsa.seasonal import MSTL  # noqa: PLC0415 - slow to import

    if (weeks <= 0).any():
        return ets(weeks, ahead)
    parts = MSTL(np.log(weeks), periods=(YEAR_WEEKS,), stl_kwargs={"robust": False}).fit()
    season = np.asarray(parts.seasonal).reshape(-1)
    rest = ets(weeks / np.exp(season), ahead)
    return rest * np.exp(season[-YEAR_WEEKS:][np.arange(ahead) % YEAR_WEEKS])


def seasonal_growth(weeks: np.ndarray, ahead: int) -> np.ndarray:
    """Repeat the weeks of a year ago, grown as the last eight weeks have grown over theirs of a year ago."""
    smooth = np.convolve(np.pad(weeks, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    before = weeks[-YEAR_WEEKS - 8 : -YEAR_WEEKS].mean()
    growth = weeks[-8:].mean() / before if before > 0 else 1.0
    growth = min(max(growth, 0.25), 4.0)
    path = list(smooth)
    for _ in range(ahead):
        path.append(path[-YEAR_WEEKS] * growth)
    return np.array(path[-ahead:])


LEVELS = (
    Method("recent_level", 1, recent_level),
    Method("ets", 10, ets),
    Method("theta", 10, theta),
    Method("mstl", 2 * YEAR_WEEKS + 1, mstl),
    Method("seasonal_growth", YEAR_WEEKS + 8, seasonal_growth),
)
RECENT_LEVEL, SEASONAL_NAIVE, COMBINATION, NO_COST = "recent_level", "seasonal_naive", "combination", "no_cost"
COMBINED = ("ets", "theta", "mstl", "seasonal_growth")


def seasonal_naive(cost: np.ndarray, days: Days, ahead: Days) -> np.ndarray:
    """Repeat the same date a year ago; of last month with less than a year of history, of last week with less.

    A date that the other month does not have takes its last day.
    """
    if len(cost) < _SHORTEST_MONTH:
        return cost[-7:][np.arange(ahead.length) % len(cost[-7:])]
    step = 12 if days.length > _YEAR_DAYS + 1 else 1
    newest = days.month[-1]
    months = ahead.month - step * np.maximum(1, -(-(ahead.month - newest) // step))
    months = np.where((months == newest) & (ahead.month_day > days.month_day[-1]), months - step, months)
    begins = np.datetime64(0, "M") + months
    lengths = ((begins + 1).astype("datetime64[D]") - begins.astype("datetime64[D]")).astype(np.int64)
    wanted = begins.astype("datetime64[D]") + np.minimum(ahead.month_day, lengths) - 1
    at = (wanted - np.datetime64(days.start, "D")).astype(np.int64)
    return cost[np.clip(at, 0, len(cost) - 1)]


def allowed(week_count: int) -> set[str]:
    """Return the methods that so many weeks of history allow."""
    names = {method.name for method in LEVELS if week_count >= method.weeks_needed}
    return names | {SEASONAL_NAIVE} | ({COMBINATION} if len(names & set(COMBINED)) > 1 else set())


def level_paths(shape: Shape, ahead: int, wanted: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Return the level of the weeks that come by every method whose history is there (or is `wanted`)."""
    possible = allowed(len(shape.weeks))
    chosen = possible if wanted is None else possible & set(wanted)
    needed = chosen | (set(COMBINED) if COMBINATION in chosen else set())
    paths = {
        method.name: _plausible(method.level(shape.weeks, ahead), shape.weeks)
        for method in LEVELS
        if method.name in needed & possible
    }
    if COMBINATION in chosen:
        paths[COMBINATION] = np.mean([paths[name] for name in COMBINED if name in paths], axis=0)
    return {name: path for name, path in paths.items() if name in chosen}


def best_level(shape: Shape, ahead: int) -> np.ndarray:
    """Return the level of the weeks that come without any competition: the combination where there is one."""
    name = COMBINATION if COMBINATION in allowed(len(shape.weeks)) else LEVELS[0].name
    return level_paths(shape, ahead, {name})[name]


def daily_paths(
    cost: np.ndarray, days: Days, ahead: Days, wanted: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Return the daily cost that follows by every method that the history allows (or is `wanted`)."""
    shape = take_apart(cost, days)
    paths = {}
    if wanted is None or SEASONAL_NAIVE in wanted:
        paths[SEASONAL_NAIVE] = seasonal_naive(cost, days, ahead)
    for name, level in level_paths(shape, -(-ahead.length // 7), wanted).items():
        paths[name] = shape.daily(level, ahead)
    return paths


def _size(weeks: np.ndarray) -> float:
    return max(float(np.mean(np.abs(weeks))), 1e-9)


def _plausible(path: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Keep a path finite, not below 0 where cost never was, and within ten times what was ever seen."""
    path = np.where(np.isfinite(path), path, weeks[-1])
    most = 10 * float(np.abs(weeks).max())
    return np.clip(path, 0.0 if weeks.min() >= 0 else -most, most)
