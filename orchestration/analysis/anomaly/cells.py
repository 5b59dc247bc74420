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
_LAST = 3  # hours of a source's newest day that tell whether it is whole
_WHOLE = 0.8  # of the lines that such an hour usually has


class Cells:
    """Usage of one currency by hour and by everything that a line tells, in the days that are known and judged."""

    def __init__(self, table: pa.Table, currency: str) -> None:
        """Take the rows of `anomaly_hourly_costs` of a currency."""
        mine = table.filter(pc.equal(table["currency"], currency))
        days = np.array(mine["charge_date"].cast(pa.date32()).to_numpy(), dtype="datetime64[D]")
        self.first = (days.max() if len(days) else np.datetime64("1970-01-01")) - (JUDGED + MEMORY - 1)
        inside = days >= self.first  # of a source that comes later than others older days are read too
        mine, days = mine.filter(pa.array(inside)), days[inside]
        self.day = (days - self.first).astype(int)
        self.hour = mine["hour_of_day"].to_numpy().astype(int)
        self.cost = mine["effective_cost"].cast(pa.float64()).to_numpy()
        self.lines = mine["line_count"].to_numpy()
        self.weekday = weekdays(self.first + np.arange(JUDGED + MEMORY))
        self.names: dict[str, list[str]] = {}
        self.code: dict[str, np.ndarray] = {}
        for kind, column in (COLUMNS | {_SOURCE: "source_name"}).items():
            encoded = mine[column].combine_chunks().dictionary_encode()
            self.names[kind], self.code[kind] = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()

    def of(self, scope: Scope) -> np.ndarray:
        """Return which cells are a scope's."""
        kind, name = scope
        if scope == COMPANY:
            return np.ones(len(self.cost), dtype=bool)
        return self.code[kind] == (self.names[kind].index(name) if name in self.names[kind] else -1)

    def off(self, day: int, hours: slice, *scopes: Scope) -> float:
        """Return what these scopes cost together in these hours beside what the other hours of the day let expect."""
        mine = np.logical_and.reduce([self.of(scope) for scope in scopes])
        cost = np.zeros((JUDGED + MEMORY, HOURS))
        np.add.at(cost, (self.day[mine], self.hour[mine]), self.cost[mine])
        usual = self._usually(cost, day)
        there = usual > 0
        there[hours] = False
        level = float(np.median(cost[day, there] / usual[there])) if there.any() else 1.0
        return float(cost[day, hours].sum() - level * usual[hours].sum())

    def open_days(self) -> Iterator[tuple[np.ndarray, int]]:
        """Give the cells of each source whose newest day may lack its last hours, and that day."""
        for code, _ in enumerate(self.names[_SOURCE]):
            mine = self.code[_SOURCE] == code
            lines, newest = np.zeros((JUDGED + MEMORY, HOURS)), int(self.day[mine].max())
            np.add.at(lines, (self.day[mine], self.hour[mine]), self.lines[mine])
            if (lines[newest, -_LAST:] < _WHOLE * self._usually(lines, newest)[-_LAST:]).any():
                yield mine, newest

    def _usually(self, values: np.ndarray, day: int) -> np.ndarray:
        """Return the usual value by hour of the days of its kind before a day; 0 where there are none."""
        weekend, before = self.weekday >= WEEKEND, np.arange(len(values)) < day
        same = before & (weekend == weekend[day]) & (values.sum(1) != 0)
        return np.median(values[same], axis=0) if same.any() else np.zeros(HOURS)
