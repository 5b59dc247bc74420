"""Events of different trees that are the same money: a job that ran away is a team's, an account's and a service's.

Belongs here: comparing what two scopes have in common with what happened in each. Scopes of one tree were linked
before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from orchestration.analysis.anomaly.reading import COLUMNS, UNKNOWN, Watched

if TYPE_CHECKING:
    from orchestration.analysis.anomaly.events import Event
    from orchestration.analysis.warehouse import Warehouse

_CLOSE = 3  # days between onsets
_BEFORE = 28  # days that tell what is usual
_SAME = 0.6  # of the deviation of either that they have in common
# Who is told, if two scopes show the same equally well.
_FIRST = (
    "service",
    "sub_account",
    "team",
    "product",
    "environment",
    "region",
    "cost_center",
    "provider",
    "billing_account",
)


def link_trees(events: list[Event], watched: Watched, warehouse: Warehouse) -> None:
    """Fill `told_by` of events that another tree tells."""
    told = [place for place, event in enumerate(events) if event.told_by is None]
    pairs = [
        (a, b)
        for place, a in enumerate(told)
        for b in told[place + 1 :]
        if _may_be_one(events[a], events[b])
        and watched.scopes[events[a].scope][0] != watched.scopes[events[b].scope][0]
    ]
    if not pairs:
        return
    cells = _Cells(warehouse, watched, sorted({place for pair in pairs for place in pair}), events)
    scopes = watched.scopes
    for a, b in sorted(pairs, key=lambda pair: min(events[place].onset for place in pair)):
        if events[a].told_by is not None or events[b].told_by is not None:
            continue
        days = (min(events[a].onset, events[b].onset), min(max(events[a].last, events[b].last), events[a].onset + 6))
        common = cells.deviation(days, scopes[events[a].scope], scopes[events[b].scope])
        each = [cells.deviation(days, scopes[events[place].scope]) for place in (a, b)]
        if all(own * common > 0 and abs(common) >= _SAME * abs(own) for own in each):
            head, tail = sorted((a, b), key=lambda place: _rank(events[place], scopes[events[place].scope][0]))
            events[tail].told_by = head
    for event in events:
        while event.told_by is not None and events[event.told_by].told_by is not None:
            event.told_by = events[event.told_by].told_by


def _may_be_one(a: Event, b: Event) -> bool:
    return a.up == b.up and abs(a.onset - b.onset) <= _CLOSE


def _rank(event: Event, scope_type: str) -> tuple[float, int, int]:
    """Put the scope first that is touched most, in steps of a fifth; then who can act."""
    expected = float(event.expected.sum())
    touched = min(abs(event.impact) / expected, 10.0) if expected > 0 else 10.0
    return -round(touched * 5), _FIRST.index(scope_type) if scope_type in _FIRST else len(_FIRST), event.onset


class _Cells:
    """Daily costs by all dimensions, of the days around the events in question."""

    def __init__(self, warehouse: Warehouse, watched: Watched, places: list[int], events: list[Event]) -> None:
        self.first = watched.panel.first_day
        spans = sorted(
            (
                watched.day(events[p].onset) - timedelta(_BEFORE + _CLOSE),
                watched.day(events[p].onset) + timedelta(_CLOSE + 7),
            )
            for p in places
        )
        merged = [spans[0]]
        for begin, end in spans[1:]:
            if begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        when = " or ".join(f"charge_date between date '{begin}' and date '{end}'" for begin, end in merged)
        names = {kind: column for kind, column in COLUMNS.items() if kind != "company"}
        chosen = ", ".join(f"coalesce({column}, '{UNKNOWN}') as {kind}" for kind, column in names.items())
        currency = watched.currency.replace("'", "")
        table = warehouse.query(
            f"select charge_date, {chosen}, sum(effective_cost) as cost "
            f"from {warehouse.relation('marts', 'fct_planning_costs_daily')} "
            f"where currency = '{currency}' and charge_category in ('Usage', 'Purchase') and ({when}) "
            f"group by charge_date, {', '.join(names)}"
        )
        days = np.array(table["charge_date"].cast(pa.date32()).to_numpy(), dtype="datetime64[D]")
        self.day = (days - self.first).astype(int)
        self.cost = table["cost"].cast(pa.float64()).to_numpy()
        self.of = {kind: np.array(table[kind].to_pylist(), dtype=object) for kind in names}

    def deviation(self, days: tuple[int, int], *scopes: tuple[str, str]) -> float:
        """Cost on these days beside what the four weeks before them let expect, of what all these scopes hold."""
        mine = np.ones(len(self.day), dtype=bool)
        for kind, name in scopes:
            if kind != "company":
                mine &= self.of[kind] == name
        now = mine & (self.day >= days[0]) & (self.day <= days[1])
        before = mine & (self.day >= days[0] - _BEFORE) & (self.day < days[0])
        length = days[1] - days[0] + 1
        return float(self.cost[now].sum() - self.cost[before].sum() * length / _BEFORE)
