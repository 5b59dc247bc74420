"""Daily cost of many scopes on one calendar, as forecasts need it.

Belongs here: rows into arrays. A day without cost is a day of cost 0: the bill is whole, but for weeks in which nothing
at all was billed amid days that cost. Does not belong here: anything about the future.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

_WEEKS, _MOST = 28, 20
"""So many days without any cost are missing where on so many of as many before and after them there is some."""


class Key(NamedTuple):
    """What is forecast: a scope in one currency."""

    scope_type: str
    scope_id: str
    currency: str


@dataclass(frozen=True)
class Panel:
    """Daily cost from `start` on, one array of the same length for every key."""

    start: date
    costs: dict[Key, np.ndarray]

    @property
    def length(self) -> int:
        """How many days there are."""
        return len(next(iter(self.costs.values()))) if self.costs else 0

    @property
    def last(self) -> date:
        """The last day there is; the day before `start` where there is none."""
        return self.start + timedelta(days=self.length - 1)

    @cached_property
    def missing(self) -> dict[str, np.ndarray]:
        """By currency, whether each day belongs to weeks whose bill is missing: nobody has cost in them."""
        by_currency: dict[str, list[np.ndarray]] = {}
        for key, cost in self.costs.items():
            by_currency.setdefault(key.currency, []).append(cost != 0)
        return {currency: _missing(np.any(some, axis=0)) for currency, some in by_currency.items()}

    def until(self, last: date) -> Panel:
        """Return what was known at the end of `last`."""
        length = max(0, (last - self.start).days + 1)
        return Panel(self.start, {key: cost[:length] for key, cost in self.costs.items()})

    def between(self, key: Key, first: date, last: date) -> float:
        """Return the cost of a key from `first` to `last`, both included."""
        begin, end = (first - self.start).days, (last - self.start).days + 1
        return float(self.costs[key][max(0, begin) : max(0, end)].sum())


def _missing(has_cost: np.ndarray) -> np.ndarray:
    found = np.zeros(len(has_cost), dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], has_cost, [True])).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        around = (has_cost[max(0, begin - _WEEKS) : begin], has_cost[end : end + _WEEKS])
        found[begin:end] = end - begin >= _WEEKS and min(days.sum() for days in around) >= _MOST
    return found


def panel(rows: Iterable[tuple[str, str, str, date, float]], last: date | None = None) -> Panel:
    """Lay rows (scope type, scope id, currency, day, cost) on one calendar that ends at `last`; several add up."""
    found: dict[Key, dict[date, float]] = {}
    for scope_type, scope_id, currency, day, cost in rows:
        days = found.setdefault(Key(scope_type, scope_id, currency), {})
        days[day] = days.get(day, 0.0) + float(cost)
    every = {day for days in found.values() for day in days}
    if not every:
        return Panel(last or date(1970, 1, 1), {})
    start, end = min(every), max(every)
    whole = np.zeros((len(found), (end - start).days + 1))
    for number, days in enumerate(found.values()):
        for day, cost in days.items():
            whole[number, (day - start).days] = cost
    laid = Panel(start, dict(zip(found, whole, strict=True)))
    return laid.until(last) if last and last < end else laid
