"""From daily cost to forecasts: the whole way, on arrays.

Belongs here: the order of the steps, and what a scope is told whose history does not allow a forecast. Does not belong
here: reading marts and writing tables (`tables`), nor any single step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from threadpoolctl import threadpool_limits

from orchestration.analysis.forecast import backtest, coherence, methods
from orchestration.analysis.forecast.backtest import MONTHS_AHEAD, Window, all_paths, happened, month_span
from orchestration.analysis.forecast.champion import DEFAULTS, Champion, Judged, choose, choose_without
from orchestration.analysis.forecast.drivers import Known, offered, to_come
from orchestration.analysis.forecast.intervals import LEVELS, Calibration, Past, Spread, calibrate, spoken
from orchestration.analysis.forecast.landing import Estimate, opened
from orchestration.analysis.forecast.methods import NO_COST, SEASONAL_NAIVE, allowed
from orchestration.analysis.forecast.months import Days, add_months, first_of
from orchestration.analysis.forecast.series import Key, Panel
from orchestration.analysis.workers import Workers

ENDED_AFTER = 62
_YEAR = 365
_SHORT = 70
_TRIED = 153  # five closed months


@dataclass(frozen=True)
class ScopeForecast:
    """What is forecast for one key: expected cost of each day in millionths, and who says so.

    `late` is what is still to come of the open month for days that are over; `announced` is how much of `expected` are
    changes to come. `status` is `ok`, `short_history` (less than ten weeks), `ended` (no cost for two months) or
    `no_cost`.
    """

    key: Key
    status: str
    champion: Champion
    history_days: int
    has_seen_a_year: bool
    expected: np.ndarray
    may_be_negative: bool
    late: int
    announced: np.ndarray


@dataclass
class Forecast:
    """All forecasts of one vintage: made at the end of `last`, for the days after it."""

    last: date
    scopes: dict[Key, ScopeForecast] = field(default_factory=dict)
    calibration: Calibration | None = None
    whole: list[coherence.Family] = field(default_factory=list)
    variances: dict[Key, float] = field(default_factory=dict)
    past: Past = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    computed_windows: int = 0

    @property
    def ahead(self) -> Days:
        """The days that are forecast: the rest of the month, and eighteen months more."""
        return Days(self.last + timedelta(days=1), month_span(self.last, MONTHS_AHEAD)[1])


def forecast(
    panel: Panel,
    known: Mapping[Key, Known] | None = None,
    parents: Mapping[tuple[str, str], tuple[str, str]] | None = None,
    kept: Iterable[Window] = (),
    estimates: Mapping[Key, Estimate] | None = None,
    workers: Workers | None = None,
) -> Forecast:
    """Forecast every key of the panel from its last day on; `estimates` are what the marts expect of the open month."""
    known = known or {}
    made = Forecast(panel.last)
    if not panel.costs:
        return made
    recent = {key: cost[-28:] for key, cost in panel.costs.items()}
    made.whole = coherence.families(list(panel.costs), parents or {}, recent)
    methods.load()  # before the limit, which holds for what is loaded
    # many small matrices: threads that help each other cost four times the work
    with threadpool_limits(1), np.errstate(all="ignore"):
        made.windows, made.computed_windows = backtest.windows(panel, known, kept, made.whole, workers)
        judged = [Judged(window, happened(panel, window)) for window in made.windows]
        possible = {key: _possible(cost, known.get(key, Known())) for key, cost in panel.costs.items()}
        alive = {key: names for key, names in possible.items() if names}
        champions, rivals = choose(judged, alive), choose_without(judged, alive)
        alone = {(item.window.key, item.window.origin): spoken(item, rivals) for item in judged}
        usual = calibrate(judged, champions, alone).spreads
        made.past = _added_up_past(panel, alone, parents or {}, usual)
        made.calibration = calibrate(judged, champions, made.past)
        base, late, announced = {}, {}, {}
        rest = month_span(made.last, 0)[1]
        for key, cost in panel.costs.items():
            told, days = known.get(key, Known()), Days(panel.start, panel.length)
            base[key], champions[key] = _said(cost, panel.start, made.ahead, told, champions.get(key))
            late[key] = 0.0
            if rest:
                ahead, estimate = Days(made.ahead.start, rest), (estimates or {}).get(key)
                base[key][:rest], late[key] = opened(base[key][:rest], cost, days, ahead, estimate)
            if told.steps:
                announced[key] = to_come(told.steps, cost, days, made.ahead)
    made.variances = _variances(base, made.calibration)
    negative = {key: bool((cost < 0).any()) for key, cost in panel.costs.items()}
    announced = handed_down(made, base, announced)
    expected = coherence.reconcile(base, made.whole, made.variances)
    expected = {key: path + announced[key] for key, path in expected.items()}
    expected = coherence.rounded(expected, made.whole, negative)
    late = added_up(made, {key: np.array([value]) for key, value in late.items()})
    for key, cost in panel.costs.items():
        alive = np.flatnonzero(cost)
        days = len(cost) - int(alive[0]) if len(alive) else 0
        made.scopes[key] = ScopeForecast(
            *(key, _status(cost), champions[key], days, days > _YEAR, expected[key], negative[key]),
            *(int(late[key][0]), announced[key]),
        )
    return made


def _added_up_past(
    panel: Panel,
    alone: Mapping[tuple[Key, date], np.ndarray | None],
    parents: Mapping[tuple[str, str], tuple[str, str]],
    usual: Mapping[Key, Spread],
) -> Past:
    """Return what would have been forecast at each origin, made to add up as forecasts are: that makes them better."""
    by_origin: dict[date, dict[Key, np.ndarray]] = {}
    for (key, origin), said in alone.items():
        if said is not None:
            by_origin.setdefault(origin, {})[key] = said
    found = {}
    for origin, values in by_origin.items():
        end = (origin - panel.start).days + 1
        recent = {key: panel.costs[key][max(0, end - 28) : end] for key in values}
        whole = coherence.families(list(values), parents, recent)
        sizes = {key: (usual[key].month * float(np.abs(recent[key]).mean())) ** 2 for key in values if key in usual}
        done = coherence.reconcile(values, whole, sizes)
        found |= {(key, origin): said for key, said in done.items()}
    return found


def added_up(made: Forecast, values: Mapping[Key, np.ndarray]) -> dict[Key, np.ndarray]:
    """Return values, which may be negative, in millionths that add up as the forecasts do."""
    reconciled = coherence.reconcile(values, made.whole, made.variances)
    return coherence.rounded(reconciled, made.whole, dict.fromkeys(values, True))


def handed_down(
    made: Forecast, base: Mapping[Key, np.ndarray], announced: Mapping[Key, np.ndarray]
) -> dict[Key, np.ndarray]:
    """Return what announced changes do to every key, also where only another hierarchy knows of them."""
    found = coherence.handed_down(announced, made.whole, {key: float(path.mean()) for key, path in base.items()})
    return {key: found.get(key, np.zeros(len(path))) for key, path in base.items()}


def _possible(cost: np.ndarray, known: Known) -> set[str]:
    """Return the methods that can speak for a key; none where there is no cost to go on with."""
    if _status(cost) in ("no_cost", "ended"):
        return set()
    days = len(cost) - int(np.flatnonzero(cost)[0])
    names = allowed(days // 7 or 1) | offered(known)
    # the naive one repeats last month until it has a year: as what it is now it must have been judged before it speaks
    untried = _YEAR < days - 1 < _YEAR + _TRIED
    return names - {SEASONAL_NAIVE} if untried and len(names) > 1 else names


def _said(
    cost: np.ndarray, start: date, ahead: Days, known: Known, champion: Champion | None
) -> tuple[np.ndarray, Champion]:
    """Return what the champion says, and who it is: another one where it has lost what it goes on."""
    if champion is None:
        return np.zeros(ahead.length), Champion(NO_COST, _why_nothing(cost), None, None, 0)
    begin = int(np.flatnonzero(cost)[0])
    days = Days(start + timedelta(days=begin), len(cost) - begin)
    told = backtest.known_of(known, begin)
    path = all_paths(cost[begin:], days, ahead, told, {champion.method}).get(champion.method)
    if path is not None:
        return path, champion
    name = next(name for name in DEFAULTS if name in allowed(days.length // 7 or 1))
    why = f"{champion.method} has been better, but what it goes on is not there now"
    path = all_paths(cost[begin:], days, ahead, told, {name})[name]
    return path, replace(champion, method=name, reason=why)


def _status(cost: np.ndarray) -> str:
    alive = np.flatnonzero(cost)
    if not len(alive):
        return "no_cost"
    if len(cost) - 1 - int(alive[-1]) >= ENDED_AFTER:
        return "ended"
    return "short_history" if len(cost) - int(alive[0]) < _SHORT else "ok"


def _why_nothing(cost: np.ndarray) -> str:
    alive = np.flatnonzero(cost)
    if not len(alive):
        return "there never was any cost"
    return f"no cost in the last {len(cost) - 1 - int(alive[-1])} days"


def _variances(base: Mapping[Key, np.ndarray], calibration: Calibration) -> dict[Key, float]:
    return {
        key: (calibration.spreads[key].month * float(np.abs(path).mean())) ** 2 if key in calibration.spreads else 0.0
        for key, path in base.items()
    }


@dataclass(frozen=True)
class MonthOf:
    """One month of a scope's forecast: what is still expected of it, how much of that comes late, and intervals."""

    month: date
    lead: int
    rest: int
    late: int
    intervals: Mapping[float, tuple[float, float]]


def months_of(made: Forecast, scope: ScopeForecast) -> list[MonthOf]:
    """Return the rest of the month that is open and the eighteen after it; sums in millionths of what is expected."""
    total = np.concatenate(([0], np.cumsum(scope.expected)))
    found = []
    for lead in range(MONTHS_AHEAD + 1):
        begin, end = month_span(made.last, lead)
        if end <= begin:
            continue
        late = scope.late if lead == 0 else 0
        rest = int(total[end] - total[begin]) + late
        months = end / 30.44 if lead == 0 else (end - 30.44) / 30.44 + 1
        month = add_months(first_of(made.last), lead)
        found.append(MonthOf(month, lead, rest, late, _around(made, scope, months, float(rest))))
    return found


def _around(made: Forecast, scope: ScopeForecast, months: float, rest: float) -> dict[float, tuple[float, float]]:
    found = {}
    for level in LEVELS:
        calibrated = made.calibration is not None and scope.key in made.calibration.spreads
        half = made.calibration.half_width(scope.key, level, months, rest) if calibrated else 0.0
        low, high = rest - half, rest + half
        found[level] = (low if scope.may_be_negative else max(low, min(0.0, rest)), high)
    return found


def daily_bounds(made: Forecast, scope: ScopeForecast) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return lower and upper bounds of every day by level, in millionths."""
    expected = scope.expected.astype(float)
    leads = np.arange(1, len(expected) + 1)
    found = {}
    for level in LEVELS:
        half = np.zeros(len(expected))
        if made.calibration is not None and scope.key in made.calibration.spreads:
            half = made.calibration.daily_half_widths(scope.key, level, leads, expected)
        low = expected - half
        found[level] = (low if scope.may_be_negative else np.maximum(low, np.minimum(expected, 0.0)), expected + half)
    return found
