"""`python -m tests.bench.forecast`: how good the forecasts are on companies that nothing was tuned on, and how fast.

Belongs here: making the companies (`orchestration/simulator/daily.py`), forecasting them as they were known at ends and
middles of months, and holding the forecasts against what then happened. Nothing is chosen here; with `--tuning`
the same is measured on the seeds that may be looked at while methods are changed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from orchestration.analysis.forecast.drivers import Known, Step
from orchestration.analysis.forecast.forecasting import Forecast, daily_bounds, forecast, months_of
from orchestration.analysis.forecast.methods import seasonal_naive
from orchestration.analysis.forecast.months import Days, add_months, last_of
from orchestration.analysis.forecast.series import Key, Panel
from orchestration.simulator.daily import DailyCompany, Scope, company
from tests.bench.forecast_seeds import JUDGING, TUNING

MONTHS, START = 31, date(2023, 10, 1)
MONTH_ENDS = tuple(last_of(add_months(START, number - 1)) for number in (25, 26, 27, 28, 29, 30))
MIDDLES = tuple(add_months(START, number - 1) + timedelta(days=14) for number in (26, 28, 30))
SCOPE_TYPES = ("company", "business_unit", "team", "provider", "service")
_UNITS = 1_000_000


@dataclass
class Found:
    """What was measured: pairs of forecast and truth by what they are about, and seconds."""

    pairs: dict[tuple, list[tuple[float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    covered: dict[tuple, list[bool]] = field(default_factory=lambda: defaultdict(list))
    first_seconds: float = 0.0
    daily_seconds: float = 0.0
    scopes: int = 0

    def add(self, other: Found) -> None:
        """Take over what another company gave."""
        for key, values in other.pairs.items():
            self.pairs[key] += values
        for key, held in other.covered.items():
            self.covered[key] += held
        self.first_seconds += other.first_seconds
        self.daily_seconds += other.daily_seconds
        self.scopes += other.scopes


def known_of(made: DailyCompany) -> dict[Key, Known]:
    """Return what the company knows about each scope: changes of it and of what is below it, and its volume."""
    found = {}
    for scope in made.costs:
        steps = tuple(
            Step(change.start, None, change.daily_cost, change.probability)
            for change in made.changes
            if scope in _upwards(made, change.scope)
        )
        found[Key(*scope, "USD")] = Known(steps, made.volumes.get(scope))
    return found


def _upwards(made: DailyCompany, scope: Scope) -> Iterator[Scope]:
    while True:
        yield scope
        if scope not in made.parents:
            return
        scope = made.parents[scope]


def measure(
    seed: int,
    months: int = MONTHS,
    ends: Sequence[date] = MONTH_ENDS,
    middles: Sequence[date] = MIDDLES,
    scope_types: Collection[str] = SCOPE_TYPES,
) -> Found:
    """Forecast one company at every end and middle of a month, each time with only what was known then."""
    made = company(seed, months, START)
    panel = Panel(
        made.start, {Key(*scope, "USD"): cost for scope, cost in made.costs.items() if scope[0] in scope_types}
    )
    known, found, kept = known_of(made), Found(scopes=len(panel.costs)), []
    for number, last in enumerate(sorted((*ends, *middles))):
        then = panel.until(last)
        begun = time.process_time()
        done = forecast(then, known, made.parents, kept)
        spent = time.process_time() - begun
        if number == 0:
            found.first_seconds = spent
        if last in middles:
            found.daily_seconds = max(found.daily_seconds, spent)
        kept = list({(window.key, window.origin): window for window in (*kept, *done.windows)}.values())
        _judge(panel, done, found, is_month_end=last in ends)
    return found


def _judge(panel: Panel, done: Forecast, found: Found, *, is_month_end: bool) -> None:
    then = panel.until(done.last)
    for key, scope in done.scopes.items():
        naive = seasonal_naive(then.costs[key], Days(then.start, then.length), Days(done.last + timedelta(days=1), 31))
        for month in months_of(done, scope):
            end = last_of(month.month)
            if end > panel.last:
                continue
            before = panel.between(key, month.month, done.last)
            actual, expected = panel.between(key, month.month, end), before + month.rest / _UNITS
            if month.lead == 0:
                found.pairs["landing", key.scope_type].append((expected, actual, 0.0))
            elif is_month_end:
                shown = naive[: end.day].sum() if month.lead == 1 else 0.0
                found.pairs["month", month.lead, key.scope_type].append((expected, actual, shown))
            if is_month_end or month.lead == 0:
                for level, (low, high) in month.intervals.items():
                    held = low <= (actual - before) * _UNITS <= high
                    found.covered["month", month.lead, level].append(held)
        if is_month_end:
            for level, (low, high) in daily_bounds(done, scope).items():
                begin = (done.last - panel.start).days + 1
                truth = panel.costs[key][begin:] * _UNITS
                held = (low[: len(truth)] <= truth) & (truth <= high[: len(truth)])
                for part, begin_day, end_day in (("1-31", 0, 31), ("32-92", 31, 92)):
                    found.covered["day", part, level] += held[begin_day:end_day].tolist()


def wape(pairs: Sequence[tuple[float, float, float]], which: int = 0) -> float:
    """Return the sum of absolute errors over the sum of what happened."""
    return sum(abs(pair[which] - pair[1]) for pair in pairs) / sum(abs(pair[1]) for pair in pairs)


def table(found: Found, seeds: Sequence[int]) -> Iterator[str]:
    """Return the lines that a person reads."""
    yield f"{len(seeds)} companies, {found.scopes} scopes, {MONTHS} months of days each"
    yield f"\n{'Monthly totals':28}{'WAPE':>8}{'naive':>8}{'below':>8}{'n':>7}"
    for lead in (1, 2, 3):
        for scope_type in SCOPE_TYPES:
            pairs = found.pairs["month", lead, scope_type]
            naive = wape(pairs, 2) if lead == 1 else float("nan")
            error = wape(pairs)
            below = "" if lead > 1 else f"{1 - error / naive:8.1%}"
            shown = "" if lead > 1 else f"{naive:8.2%}"
            yield f"{f'{lead} ahead, {scope_type}':28}{error:8.2%}{shown:>8}{below:>8}{len(pairs):7}"
    yield f"\n{'Landing in mid-month':28}{'WAPE':>8}{'mean':>8}{'p90':>8}{'n':>7}"
    for scope_type in SCOPE_TYPES:
        pairs = found.pairs["landing", scope_type]
        errors = [abs(pair[0] - pair[1]) / abs(pair[1]) for pair in pairs]
        yield f"{scope_type:28}{wape(pairs):8.2%}{np.mean(errors):8.2%}{np.quantile(errors, 0.9):8.2%}{len(pairs):7}"
    yield f"\n{'Coverage of intervals':28}{'80 %':>8}{'95 %':>8}{'':8}{'n':>7}"
    kinds = sorted({key[:2] for key in found.covered}, key=str)
    for kind in kinds:
        held = {level: found.covered[(*kind, level)] for level in (0.80, 0.95)}
        words = f"{kind[0]}s ahead: {kind[1]}" if kind != ("month", 0) else "landing"
        yield f"{words:28}{np.mean(held[0.8]):8.1%}{np.mean(held[0.95]):8.1%}{'':8}{len(held[0.8]):7}"
    for name, kind in (("all months ahead", "month"), ("all days", "day")):
        held = [np.concatenate([found.covered[k] for k in found.covered if k[0] == kind and k[2] == level])
                for level in (0.8, 0.95)]  # fmt: skip
        yield f"{name:28}{held[0].mean():8.1%}{held[1].mean():8.1%}{'':8}{len(held[0]):7}"
    share = 200 / found.scopes
    yield (
        f"\nSeconds of CPU for 200 scopes: {found.first_seconds * share:.0f} the first time, "
        f"{found.daily_seconds * share:.1f} on an ordinary day"
    )


def main() -> int:
    """Measure and print; always 0, the table says what was reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.forecast", description="Measure the forecasts.")
    parser.add_argument("--tuning", action="store_true", help="on the seeds for tuning instead of those that judge")
    parser.add_argument("--seeds", type=int, default=0, help="only so many of them")
    parser.add_argument("--processes", type=int, default=2, help="how many companies at a time (default 2)")
    chosen = parser.parse_args()
    seeds = TUNING if chosen.tuning else JUDGING
    seeds = seeds[: chosen.seeds] if chosen.seeds else seeds
    found = Found()
    with ProcessPoolExecutor(chosen.processes) as pool:
        for one in pool.map(measure, seeds):
            found.add(one)
    print("\n".join(table(found, seeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
