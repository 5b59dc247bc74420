"""Anomalies of hours, beside those of days: spikes, drops and gaps of some hours where bills know hours.

The newest days are searched, in the scopes that the daily search watches and lines tell; what was found in a day stays
found when that day is older, by what publications kept. One thing is told once: by the anomaly of its day where the
same scope has one, else by the smallest scope that holds most of it.

Belongs here: from hourly costs to rows of `anomalies`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.analysis.anomaly.cached import cached
from orchestration.analysis.anomaly.detect import LEARN
from orchestration.analysis.anomaly.events import Kind, State
from orchestration.analysis.anomaly.hours import HOURS, JUDGED, MEMORY, Standout, search
from orchestration.analysis.anomaly.reading import COLUMNS as OF_ALL
from orchestration.analysis.anomaly.reading import HISTORY_MONTHS, Scope, Watched
from orchestration.analysis.anomaly.rows import HOUR, Row, direction, id_of, money, said, severity
from orchestration.analysis.anomaly.seasons import weekdays
from orchestration.kept import ANOMALY_STATES

if TYPE_CHECKING:
    from orchestration.analysis.warehouse import Warehouse

COLUMNS = {kind: OF_ALL[kind] for kind in ("provider", "billing_account", "sub_account", "service", "region")}
"""The types of scopes that lines tell by themselves; owners are known by day."""
KEPT_COLUMNS = tuple(name for name in ANOMALY_STATES.columns if name not in ("known_at", "anomaly_state"))
_MOST = 0.5  # of what the largest scope is off by, or of a scope's own: then it is the same thing
_PLANNED = 0.05  # of what a scope costs a day: an announced change below it leaves its hours judged
_BEFORE = 7  # days that tell what two scopes share usually


class Cells:
    """Usage of one currency by hour and by everything that a line tells."""

    def __init__(self, table: pa.Table, currency: str) -> None:
        """Take the rows of `anomaly_hourly_costs` of a currency."""
        mine = table.filter(pc.equal(table["currency"], currency))
        days = np.array(mine["charge_date"].cast(pa.date32()).to_numpy(), dtype="datetime64[D]")
        self.first = (days.max() if len(days) else np.datetime64("1970-01-01")) - (JUDGED + MEMORY - 1)
        self.day = (days - self.first).astype(int)
        self.hour = mine["hour_of_day"].to_numpy().astype(int)
        self.cost = mine["effective_cost"].cast(pa.float64()).to_numpy()
        self.names: dict[str, list[str]] = {}
        self.code: dict[str, np.ndarray] = {}
        for kind, column in COLUMNS.items():
            encoded = mine[column].combine_chunks().dictionary_encode()
            self.names[kind], self.code[kind] = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()

    def of(self, scope: Scope) -> np.ndarray:
        """Return which cells are a scope's."""
        kind, name = scope
        return self.code[kind] == self.names[kind].index(name)

    def shared(self, one: Scope, other: Scope, day: int, hours: slice) -> float:
        """Return what both scopes cost together in these hours beside the same hours of the week before."""
        both = self.of(one) & self.of(other) & (self.hour >= hours.start) & (self.hour < hours.stop)
        before = both & (self.day < day) & (self.day >= day - _BEFORE)
        return float(self.cost[both & (self.day == day)].sum() - self.cost[before].sum() / _BEFORE)


def anomalies_of_hours(
    warehouse: Warehouse,
    cache: Path,
    table: pa.Table,
    watched: Watched,
    of_days: list[Row],
    company: np.ndarray,
) -> list[Row]:
    """Give the rows of a currency: what stands out in the newest days, and what publications found before those.

    `company` is what the company costs a day, by place in the panel.
    """
    cells = Cells(table, watched.currency)
    judged_from = cells.first.astype(object) + timedelta(days=MEMORY)
    rows = _kept(warehouse, watched.currency, judged_from if len(cells.cost) else date.max)
    found: list[tuple[Scope, Standout]] = []
    if len(cells.cost):
        scopes, cost, judged = _panel(cells, watched)
        weekday = weekdays(cells.first + np.arange(cost.shape[1]))
        name, words = f"hours.{watched.currency}", (scopes, cells.first)
        standouts = cached(cache, name, words, (cost, judged), lambda: search(cost, judged, weekday))
        found = [(scopes[one.scope], one) for one in standouts]
    fresh = [_row(scope, one, cells, watched, company) for scope, one in found]
    ids = [row["anomaly_id"] for row in fresh]
    told = _told_by(found, ids, cells, _of_their_day(found, cells, of_days))
    rows += [row | {"told_by_id": teller} for row, teller in zip(fresh, told, strict=True)]
    # what told a kept one may be gone by now, or be told by another
    tellers = {row["anomaly_id"]: row["told_by_id"] or row["anomaly_id"] for row in (*rows, *of_days)}
    return [row | {"told_by_id": tellers.get(row["told_by_id"])} for row in rows]


def _panel(cells: Cells, watched: Watched) -> tuple[list[Scope], np.ndarray, np.ndarray]:
    """Return watched scopes with hours, their cost by day and hour, and which of their days are judged."""
    days = JUDGED + MEMORY
    place_of = {scope: place for place, scope in enumerate(watched.scopes)}
    scopes: list[Scope] = []
    cost: list[np.ndarray] = []
    whole: list[np.ndarray] = []
    for kind, names in cells.names.items():
        mine = np.zeros((len(names), days, HOURS))
        np.add.at(mine, (cells.code[kind], cells.day, cells.hour), cells.cost)
        for name, of_scope in sorted(zip(names, mine, strict=True), key=lambda pair: pair[0]):
            if (kind, name) in place_of:
                scopes.append((kind, name))
                cost.append(np.maximum(of_scope, 0.0))
                whole.append((of_scope >= 0).all(1))  # an hour below nothing is a correction
    panel, judged = watched.panel, np.zeros((len(scopes), days), dtype=bool)
    offset = watched.place(cells.first)
    inside = np.arange(max(offset, 0), min(offset + days, panel.cost.shape[1]))
    # what was announced may come in few hours; next to nothing of it makes nobody deaf
    usual = np.median(panel.cost[:, -LEARN:], axis=1, keepdims=True)
    ordinary = panel.judged & ~panel.resting & (np.abs(panel.planned) <= _PLANNED * usual)
    for number, scope in enumerate(scopes):
        judged[number, inside - offset] = ordinary[place_of[scope], inside] & whole[number][inside - offset]
    return scopes, np.stack(cost) if cost else np.zeros((0, days, HOURS)), judged


def _of_their_day(found: list[tuple[Scope, Standout]], cells: Cells, of_days: list[Row]) -> dict[int, str]:
    """Return the anomalies of days that tell hours: of the same scope and direction, going on that day."""
    told: dict[int, str] = {}
    for place, (scope, one) in enumerate(found):
        day = (cells.first + one.day).astype(object)
        for row in of_days:
            same = (row["scope_type"], row["scope_id"]) == scope and (row["direction"] == "up") == one.up
            if same and row["onset_date"] <= day <= row["last_date"]:
                told[place] = row["told_by_id"] or row["anomaly_id"]
    return told


def _told_by(
    found: list[tuple[Scope, Standout]], ids: list[str], cells: Cells, by_days: dict[int, str]
) -> list[str | None]:
    """Return the id of what tells each, if it is not told itself.

    Of those that share hours and money with the largest that is left, the smallest scope that holds most of it tells
    it, and all that are mostly its money; two things at once in one region are two.
    """
    told: list[str | None] = [None] * len(found)
    left = sorted(range(len(found)), key=lambda place: -abs(found[place][1].impact))
    while left:
        whole = found[left[0]]
        most = [
            place
            for place in left
            if abs(found[place][1].impact) >= _MOST * abs(whole[1].impact) and _is_same(found[place], whole, cells)
        ]
        smallest = min(most, key=lambda place: (found[place][1].usual_day, found[place][0]))
        group = [place for place in left if place == left[0] or _is_same(found[place], found[smallest], cells)]
        teller = next((by_days[place] for place in group if place in by_days), ids[smallest])
        for place in group:
            told[place] = None if teller == ids[place] else teller
        left = [place for place in left if place not in group]
    return told


def _is_same(part: tuple[Scope, Standout], whole: tuple[Scope, Standout], cells: Cells) -> bool:
    (scope, one), (other, largest) = part, whole
    if part == whole:
        return True
    if one.day != largest.day or one.up != largest.up or one.first > largest.last or largest.first > one.last:
        return False
    both = slice(max(one.first, largest.first), min(one.last, largest.last) + 1)
    shared = cells.shared(scope, other, one.day, both)
    return (shared > 0) == one.up and abs(shared) >= _MOST * abs(one.impact)


def _row(scope: Scope, one: Standout, cells: Cells, watched: Watched, company: np.ndarray) -> Row:
    day = (cells.first + one.day).astype(object)
    onset = datetime(day.year, day.month, day.day) + timedelta(hours=one.first)  # noqa: DTZ001 - UTC, as all hours
    way = direction(up=one.up)
    return {
        "anomaly_id": id_of(*scope, watched.currency, way, onset.isoformat()),
        "scope_type": scope[0],
        "scope_id": scope[1],
        "currency": watched.currency,
        "anomaly_grain": HOUR,
        "anomaly_kind": str(Kind.MISSING if one.is_missing else Kind.SPIKE if one.up else Kind.DROP),
        "direction": way,
        "onset_date": day,
        "flagged_date": day,
        "last_date": day,
        "onset_hour": onset,
        "last_hour": onset + timedelta(hours=one.last - one.first),
        "anomaly_status": str(State.ENDED),
        "severity": severity(abs(one.impact), company[watched.place(day)]),
        "expected_cost": money(one.expected),
        "expected_low_cost": money(max(one.low, 0.0)),
        "expected_high_cost": money(one.high),
        "actual_cost": money(one.actual),
        "impact_cost": money(one.actual) - money(one.expected),
        "told_by_id": None,
        "is_moved": False,
        "source_name": watched.sources[watched.scopes.index(scope)],
    }


def _kept(warehouse: Warehouse, currency: str, until: date) -> list[Row]:
    """Return what publications found in days before those that are searched, and did not take back."""
    newest = {row["anomaly_id"]: row for row in said(warehouse, HOUR, (*KEPT_COLUMNS, "anomaly_state"))}
    since = date.min if until == date.max else until - timedelta(days=31 * HISTORY_MONTHS)
    return [
        {name: row[name] for name in KEPT_COLUMNS}
        | {"last_date": row["onset_date"], "anomaly_status": row["anomaly_state"], "is_moved": False}
        for row in newest.values()
        if row["currency"] == currency and since <= row["onset_date"] < until and row["anomaly_state"] != "not_found"
    ]
