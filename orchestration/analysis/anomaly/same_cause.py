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
from orchestration.analysis.anomaly.seasons import WEEK

if TYPE_CHECKING:
    from orchestration.analysis.anomaly.events import Event
    from orchestration.analysis.warehouse import Warehouse

_CLOSE = 3  # days between onsets
_BEFORE = 28  # days that tell what is usual
_SAME = 0.6  # of the deviation of either that they have in common
_PART = 0.15  # of the larger deviation: where so much of it is nearly all of the smaller, that is a part of it
_TAGGED = ("team", "business_unit", "product", "environment", "cost_center")  # what rules and tags decide
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
    """Fill `told_by` of events that another tree tells, and `moved` of those that only moved cost between scopes."""
    scopes = [watched.scopes[event.scope] for event in events]
    told = [place for place, event in enumerate(events) if event.told_by is None]
    near = [
        (a, b)
        for place, a in enumerate(told)
        for b in told[place + 1 :]
        if abs(events[a].onset - events[b].onset) <= _CLOSE
    ]
    trees = [(a, b) for a, b in near if events[a].up == events[b].up and scopes[a][0] != scopes[b][0]]
    sides = [(a, b) for a, b in near if events[a].up != events[b].up and scopes[a][0] == scopes[b][0] in _TAGGED]
    if not trees and not sides:
        return
    cells = _Cells(warehouse, watched, sorted({place for pair in trees + sides for place in pair}), events)
    _moves(events, scopes, sides, cells)
    shared = [(a, b, *_shares(events, scopes, a, b, cells)) for a, b in trees]
    for enough in (_SAME, _PART):  # what is the same first, then what is a part of more
        for a, b, of_a, of_b in sorted(shared, key=lambda pair: min(events[place].onset for place in pair[:2])):
            free = events[a].told_by is None and events[b].told_by is None
            if free and min(of_a, of_b) >= enough and max(of_a, of_b) >= _SAME:
                head, tail = sorted((a, b), key=lambda place: _rank(events[place], scopes[place][0]))
                events[tail].told_by = head
    for event in events:
        while event.told_by is not None and events[event.told_by].told_by is not None:
            event.told_by = events[event.told_by].told_by


def _shares(events: list[Event], scopes: list[tuple[str, str]], a: int, b: int, cells: _Cells) -> tuple[float, float]:
    """Return which share of what two events deviate by is common to both; 0 where it is to the other side."""
    days = (min(events[a].onset, events[b].onset), min(max(events[a].last, events[b].last), events[a].onset + 6))
    common = cells.deviation(days, scopes[a], scopes[b])
    each = [cells.deviation(days, scopes[place]) for place in (a, b)]
    return tuple(abs(common) / abs(own) if own * common > 0 else 0.0 for own in each)


def _moves(events: list[Event], scopes: list[tuple[str, str]], sides: list[tuple[int, int]], cells: _Cells) -> None:
    """Let one tell what went from scopes to their neighbours, while their accounts and services cost what they did."""
    groups: dict[int, set[int]] = {}
    for a, b in sides:
        up = a if events[a].up else b
        groups.setdefault(up, {up}).update((a, b))
    for up in sorted(groups, key=lambda place: -abs(events[place].impact)):
        group = [place for place in groups[up] if events[place].told_by is None and not events[place].moved]
        if len(group) < 2 or up not in group:
            continue
        days = (events[up].onset, min(events[up].last, events[up].onset + 6))
        more = float((events[up].actual - events[up].expected)[: days[1] + 1 - days[0]].sum())
        if cells.moved(days, [scopes[place] for place in group]) >= _SAME * more:
            for place in group:
                events[place].moved = True
                events[place].told_by = None if place == up else up


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
        off = self._off(days)
        return float(off[mine].sum())

    def moved(self, days: tuple[int, int], scopes: list[tuple[str, str]]) -> float:
        """Cost that some scopes have more and others of them less, within the same accounts and services."""
        off, kind = self._off(days), scopes[0][0]
        names, scope = np.unique(self.of[kind], return_inverse=True)
        accounts, where = np.unique(self.of["sub_account"] + "\n" + self.of["service"], return_inverse=True)
        table = np.zeros((len(names), len(accounts)))
        np.add.at(table, (scope, where), off)
        table = table[np.isin(names, [name for _, name in scopes])]
        return float(np.minimum(np.maximum(table, 0).sum(0), np.maximum(-table, 0).sum(0)).sum())

    def _off(self, days: tuple[int, int]) -> np.ndarray:
        """By how much each cell adds to cost on these days beside the same days of the four weeks before; else 0."""
        each = np.bincount(np.arange(days[0], days[1] + 1) % WEEK, minlength=WEEK)  # a weekend beside weekends
        now = (self.day >= days[0]) & (self.day <= days[1])
        before = (self.day >= days[0] - _BEFORE) & (self.day < days[0])
        return self.cost * (now - before * each[self.day % WEEK] * WEEK / _BEFORE)
