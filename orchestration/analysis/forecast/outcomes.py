"""What the backtest says about each method, month by month, with the intervals that it would have been given.

Belongs here: rows of closed months for the tables of accuracy. An interval is judged by the errors of other origins:
one that had learned from its own error would always seem to hold. Does not belong here: WAPE and coverage (dbt).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.analysis.forecast.backtest import TARGETS, Window, happened
from orchestration.analysis.forecast.champion import Champion, Judged
from orchestration.analysis.forecast.intervals import LEVELS, Past, calibrate
from orchestration.analysis.forecast.months import add_months, first_of
from orchestration.analysis.forecast.series import Key, Panel

_MONTHS = [(number, lead) for number, (unit, lead) in enumerate(TARGETS) if unit == "month"]


@dataclass(frozen=True)
class Outcome:
    """What one method expected of one closed month, with bounds by level where it is the champion."""

    key: Key
    method: str
    is_champion: bool
    origin: date
    month: date
    lead: int
    expected: float
    bounds: Mapping[float, tuple[float, float]] | None


def outcomes(
    panel: Panel,
    windows: Sequence[Window],
    champions: Mapping[Key, Champion],
    past: Past,
) -> Iterator[Outcome]:
    """Return every month that a window expected and that is over."""
    judged = [Judged(window, happened(panel, window)) for window in windows]
    negative = {key: bool((cost < 0).any()) for key, cost in panel.costs.items()}
    for origin in sorted({item.window.origin for item in judged}):
        others = calibrate([item for item in judged if item.window.origin != origin], champions, past)
        for item in judged:
            if item.window.origin != origin:
                continue
            key = item.window.key
            champion = champions[key].method if key in champions else None
            expected = {method: item.window.expected(method) for method in item.window.said}
            for number, lead in _MONTHS:
                if np.isnan(item.actual[number]):
                    continue
                for method, said in expected.items():
                    value, bounds = float(said[number]), None
                    if method == champion:
                        halves = {level: others.half_width(key, level, lead, value) for level in LEVELS}
                        floor = -np.inf if negative[key] else min(0.0, value)
                        bounds = {level: (max(value - half, floor), value + half) for level, half in halves.items()}
                    month = add_months(first_of(origin), lead)
                    yield Outcome(key, method, method == champion, origin, month, lead, value, bounds)
