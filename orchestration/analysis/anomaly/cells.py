"""Usage by the hour, as lines tell it: what a scope costs in which hours, and whether a day is whole.

Belongs here: questions to the rows of `anomaly_hourly_costs`. What stands out is `hours`', who is told `hourly`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.analysis.anomaly.hours import HOURS, JUDGED, MEMORY, WEEKEND
from orchestration.analysis.anomaly.reading import COLUMNS as OF_ALL
from orchestration.analysis.anomaly.reading import COMPANY, Scope
from orchestration.analysis.anomaly.seasons import weekdays

COLUMNS = {kind: OF_ALL[kind] for kind in ("provider", "billing_account", "sub_account", "service", "region")}
"""The types of scopes that lines tell by themselves; owners are known by day."""
_SOURCE = "source"
LATE = 35  # days by which a source may end before the newest one, and is judged
_REMEMBERED = 2_000  # scopes and pairs of them whose hours are kept at hand
_LAST = 3  # hours of a source's newest day that tell whether it is whole
_WHOLE = 0.8  # of the lines that such an hour usually has


class Cells:
    """Usage of one currency by hour and by everything that a line tells, in the days that are known and judged."""

    days = LATE + MEMORY + JUDGED

    def __init__(self, table: pa.Table, currency: str) -> None:
        """Take the rows of `anomaly_hourly_costs` of a currency."""
        mine = table.filter(pc.equal(table["currency"], currency))
        days = np.array(mine["charge_date"].cast(pa.date32()).to_numpy(), dtype="datetime64[D]")
        self.first = (days.max() if len(days) else np.datetime64("1970-01-01")) - (self.days - 1)
        inside = days >= self.first
        mine, days = mine.filter(pa.array(inside)), days[inside]
        self.day = (days - self.first).astype(int)
        self.hour = mine["hour_of_day"].to_numpy().astype(int)
        self.cost = mine["effective_cost"].cast(pa.float64()).to_numpy()
        self.lines = mine["line_count"].to_numpy()
        self.weekday = weekdays(self.first + np.arange(self.days))
        self.names: dict[str, list[str]] = {}
        self.code: dict[str, np.ndarray] = {}
        for kind, column in (COLUMNS | {_SOURCE: "source_name"}).items():
            encoded = mine[column].combine_chunks().dictionary_encode()
            self.names[kind], self.code[kind] = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
        # rows that tell the same stand together, so that what a scope holds is found without a look at all
        told = np.zeros(len(self.cost), dtype=int)
        for kind in COLUMNS:
            told = np.unique(told * len(self.names[kind]) + self.code[kind], return_inverse=True)[1]
        self._rows = np.argsort(told, kind="stable")
        self._begins = np.append(np.searchsorted(told[self._rows], np.arange(told.max(initial=-1) + 1)), len(told))
        self._told = {kind: self.code[kind][self._rows[self._begins[:-1]]] for kind in COLUMNS}
        self._places = {kind: {name: place for place, name in enumerate(self.names[kind])} for kind in COLUMNS}
        self._by_hour: dict[frozenset[Scope], np.ndarray] = {}

    def off(self, day: int, hours: slice, *scopes: Scope) -> float:
        """Return what these scopes cost together in these hours beside what the other hours of the day let expect."""
        cost = self.by_hour(*scopes)
        if not cost.any():
            return 0.0
        usual = self._usually(cost, day)
        there = usual > 0
        there[hours] = False
        level = float(np.median(cost[day, there] / usual[there])) if there.any() else 1.0
        return float(cost[day, hours].sum() - level * usual[hours].sum())

    def newest_days(self) -> Iterator[tuple[np.ndarray, int, bool]]:
        """Give the cells of each source, its newest day, and whether that may lack its last hours."""
        for code, _ in enumerate(self.names[_SOURCE]):
            mine = self.code[_SOURCE] == code
            lines, newest = self._sum(self.day[mine], self.hour[mine], self.lines[mine]), int(self.day[mine].max())
            usual = self._usually(lines, newest)
            yield mine, newest, bool((lines[newest, -_LAST:] < _WHOLE * usual[-_LAST:]).any())

    def by_hour(self, *scopes: Scope) -> np.ndarray:
        """Return by day and hour what these scopes have in common."""
        key = frozenset(scopes)
        if key not in self._by_hour:
            held = np.ones(len(self._begins) - 1, dtype=bool)
            for kind, name in key - {COMPANY}:
                held &= self._told[kind] == self._places[kind].get(name, -1)
            spans = [slice(self._begins[place], self._begins[place + 1]) for place in np.flatnonzero(held)]
            mine = np.concatenate([self._rows[span] for span in spans]) if spans else self._rows[:0]
            if len(self._by_hour) >= _REMEMBERED:
                self._by_hour.clear()
            self._by_hour[key] = self._sum(self.day[mine], self.hour[mine], self.cost[mine])
        return self._by_hour[key]

    def _sum(self, day: np.ndarray, hour: np.ndarray, values: np.ndarray) -> np.ndarray:
        return np.bincount(day * HOURS + hour, values, minlength=self.days * HOURS).reshape(self.days, HOURS)

    def _usually(self, values: np.ndarray, day: int) -> np.ndarray:
        """Return the usual value by hour of the days of its kind before a day; 0 where there are none."""
        weekend, before = self.weekday >= WEEKEND, np.arange(len(values)) < day
        same = before & (weekend == weekend[day]) & (values.sum(1) != 0)
        return np.median(values[same], axis=0) if same.any() else np.zeros(HOURS)
