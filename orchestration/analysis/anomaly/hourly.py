"""Anomalies of hours, beside those of days: spikes, drops and gaps of some hours where bills know hours.

The newest days are searched, in the scopes that the daily search watches and lines tell; what was found in a day stays
found when that day is older, by what publications kept, and keeps its id when its hours move a little. One thing is
told once: by an anomaly of its day that is the same money, else by the smallest scope that holds most of it. What comes
again at about the same hours within five weeks is known, unless it is more.

Belongs here: from hourly costs to rows of `anomalies`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from orchestration.analysis.anomaly.cached import cached_each
from orchestration.analysis.anomaly.cells import COLUMNS, Cells
from orchestration.analysis.anomaly.detect import LEARN
from orchestration.analysis.anomaly.events import Kind, State
from orchestration.analysis.anomaly.hours import HOURS, JUDGED, MEMORY, NEAR, Standout, over_midnight, search_day
from orchestration.analysis.anomaly.reading import COMPANY, HISTORY_MONTHS, SOURCE_SHARE, Scope, Watched
from orchestration.analysis.anomaly.rows import HOUR, Row, direction, id_of, money, said, severity
from orchestration.kept import ANOMALY_STATES

if TYPE_CHECKING:
    import pyarrow as pa

    from orchestration.analysis.warehouse import Warehouse
    from orchestration.analysis.workers import Workers

KEPT_COLUMNS = tuple(name for name in ANOMALY_STATES.columns if name not in ("known_at", "anomaly_state"))
_MOST = 0.5  # of what the largest scope is off by, or of a scope's own: then it is the same thing
_MANY, _LARGE = 4, 60  # days and scopes whose search is worth more processes than this one
_PLANNED = 0.05  # of what a scope costs a day: an announced change below it leaves its hours judged
_SAME = ("scope_type", "scope_id", "currency", "direction", "onset_date")
_LASTING = {str(kind) for kind in Kind} - {str(Kind.SPIKE), str(Kind.DROP), str(Kind.MISSING)}
_MOVED = timedelta(hours=NEAR)  # by which hours may move and stay what they were


def anomalies_of_hours(
    warehouse: Warehouse,
    cache: Path,
    table: pa.Table,
    watched: Watched,
    of_days: list[Row],
    company: np.ndarray,
    workers: Workers,
) -> list[Row]:
    """Give the rows of a currency: what stands out in the newest days, and what publications found before those.

    `company` is what the company costs a day, by place in the panel.
    """
    cells = Cells(table, watched.currency)
    known = _known(warehouse, watched.currency)
    panel = _panel(cells, watched, known)
    rows = _kept(known, {scope: panel.date(since) for scope, since in zip(panel.scopes, panel.since, strict=True)})
    found = [(panel.scopes[one.scope], one) for one in _found(panel, cache, watched.currency, workers)]
    pairs = [(one, _row(*one, cells, watched, company)) for one in found]
    pairs = [(one, row) for one, row in pairs if not _goes_on(row, rows)]
    found, fresh = [one for one, _ in pairs], [row for _, row in pairs]
    ids = _ids(fresh, known)
    told = _told_by(found, ids, cells, told_by_days(found, cells, of_days))
    fresh = [row | {"anomaly_id": own, "told_by_id": teller} for row, own, teller in zip(fresh, ids, told, strict=True)]
    # what told a kept one may be told by another now; where it is gone, its parts are
    tellers = {row["anomaly_id"]: row["told_by_id"] for row in (*of_days, *rows, *fresh)}
    told_anew = [row | {"told_by_id": _root(row["told_by_id"], tellers)} for row in rows]
    return fresh + [
        row for row, former in zip(told_anew, rows, strict=True) if row["told_by_id"] or not former["told_by_id"]
    ]


def _root(told_by: str | None, tellers: dict[str, str | None]) -> str | None:
    """Follow who tells whom to one that is told itself; None if it is not there any more."""
    seen: set[str] = set()
    while tellers.get(told_by) and told_by not in seen:
        seen.add(told_by)
        told_by = tellers[told_by]
    return told_by if told_by in tellers else None


@dataclass(frozen=True)
class _Panel:
    """Watched scopes with hours: arrays by scope and day, and hour."""

    first: np.datetime64
    weekday: np.ndarray
    scopes: list[Scope]
    cost: np.ndarray
    judged: np.ndarray
    """Which days are complete and ordinary."""
    resting: np.ndarray
    since: np.ndarray
    """From which day on each scope is searched: the newest ones of the sources that it lives on."""

    def date(self, day: int) -> date:
        """Return the date of a place."""
        return (self.first + int(day)).astype(object)


def _found(panel: _Panel, cache: Path, currency: str, workers: Workers) -> list[Standout]:
    """Search the newest days, each in the cache where the same was searched before."""
    days, searches, wanted = {}, {}, {}
    for day in range(MEMORY, len(panel.weekday)):
        rows = np.flatnonzero(panel.judged[:, day] & (panel.since <= day))
        if len(rows):
            name, known = f"hours.{currency}.{panel.date(day).toordinal() % Cells.days}", slice(day - MEMORY, day + 1)
            cost, judged, resting = panel.cost[:, known], panel.judged[:, known], panel.resting[:, known]
            days[name] = day
            searches[name] = (cost, judged, panel.weekday[known], resting, MEMORY, rows)
            wanted[name] = ((panel.scopes, panel.date(day), rows), (cost, judged, resting))
    least = _MANY if len(panel.scopes) >= _LARGE else len(searches) + 1
    made = cached_each(cache, wanted, lambda new: workers.map(search_day, [searches[name] for name in new], least))
    return over_midnight([replace(one, day=days[name]) for name, found in made.items() for one in found])


def _panel(cells: Cells, watched: Watched, known: list[Row]) -> _Panel:
    place_of = {scope: place for place, scope in enumerate(watched.scopes)}
    scopes: list[Scope] = []
    parts: list[tuple[np.ndarray, np.ndarray, int]] = []
    sources = list(cells.newest_days())
    for kind in COLUMNS:
        names, code = cells.names[kind], cells.code[kind]
        mine = np.zeros((len(names), cells.days, HOURS))
        np.add.at(mine, (code, cells.day, cells.hour), cells.cost)
        complete = (mine >= 0).all(2)  # an hour below nothing is a correction
        spent, last = np.bincount(code, np.abs(cells.cost), minlength=len(names)), np.zeros(len(names), dtype=int)
        for of_source, newest, is_open in sources:
            lives_on = np.bincount(code, np.abs(cells.cost) * of_source, minlength=len(names)) > SOURCE_SHARE * spent
            last[lives_on] = np.maximum(last[lives_on], newest)
            if is_open:
                complete[lives_on, newest] = False
        for place in sorted(range(len(names)), key=lambda place: names[place]):
            if (kind, names[place]) in place_of:
                scopes.append((kind, names[place]))
                parts.append((np.maximum(mine[place], 0.0), complete[place], last[place] - JUDGED + 1))
    shape = (len(scopes), cells.days)
    judged, resting = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    offset = watched.place(cells.first)
    inside = np.arange(max(offset, 0), min(offset + cells.days, watched.panel.cost.shape[1]))
    ordinary = _ordinary(watched, known)
    for number, scope in enumerate(scopes):
        judged[number, inside - offset] = ordinary[place_of[scope], inside] & parts[number][1][inside - offset]
        resting[number, inside - offset] = watched.panel.resting[place_of[scope], inside]
    cost = np.stack([part[0] for part in parts]) if parts else np.zeros((*shape, HOURS))
    since = np.array([part[2] for part in parts], dtype=int)
    return _Panel(cells.first, cells.weekday, scopes, cost, judged, resting, since)


def _ordinary(watched: Watched, known: list[Row]) -> np.ndarray:
    """Return which days of the daily panel are judged by the hour: those of which nothing was announced.

    What was announced may come in few hours; next to nothing of it makes nobody deaf, nor does what has been going on
    for half of what is known. A day that was delivered anew is judged where hours of it were told before: its new cost
    may take that back.
    """
    panel = watched.panel
    told = {
        (row["scope_type"], row["scope_id"], day)
        for row in known
        for day in (row["onset_date"], row["last_hour"].date())
    }
    judged = panel.judged.copy()
    for place, day in watched.anew:
        judged[place, day] |= (*watched.scopes[place], watched.day(day)) in told
    usual, news, days = np.median(panel.cost[:, -LEARN:], axis=1, keepdims=True), panel.planned.copy(), judged.shape[1]
    for day in range(max(days - Cells.days, 1), days if news.any() else 0):
        news[:, day] -= np.median(panel.planned[:, max(day - MEMORY, 0) : day], axis=1)
    return judged & (np.abs(news) <= _PLANNED * usual)


def _goes_on(row: Row, kept: list[Row]) -> bool:
    """Tell whether it is the rest of what was found before, in a day that is no longer searched."""
    return any(
        all(row[name] == former[name] for name in _SAME[:-1])
        and former["onset_hour"] < row["onset_hour"]
        and row["onset_hour"] <= former["last_hour"] + timedelta(hours=1)
        for former in kept
    )


def _ids(rows: list[Row], known: list[Row]) -> list[str]:
    """Give each its id: the one that a publication gave these hours of that day, or about these; nearest first."""
    near = sorted(
        (abs(row["onset_hour"] - former["onset_hour"]), place, former["anomaly_id"])
        for place, row in enumerate(rows)
        for former in known
        if all(row[name] == former[name] for name in _SAME)
        and row["onset_hour"] <= former["last_hour"] + _MOVED
        and former["onset_hour"] <= row["last_hour"] + _MOVED
    )
    found: dict[int, str] = {}
    for _, place, anomaly_id in near:
        if place not in found and anomaly_id not in found.values():
            found[place] = anomaly_id
    taken = {former["anomaly_id"] for former in known}
    for place, row in enumerate(rows):
        if place not in found:
            key = [*(row[name] for name in _SAME[:-1]), row["onset_hour"].isoformat()]
            while (own := id_of(*key)) in taken:  # whose hours moved away from here
                key.append("again")
            found[place] = own
            taken.add(own)
    return [found[place] for place in range(len(rows))]


def told_by_days(found: list[tuple[Scope, Standout]], cells: Cells, of_days: list[Row]) -> dict[int, str]:
    """Return the anomalies of days that tell hours.

    Of the same direction: in the same scope those that begin with them, else, in any, those of which these hours are
    most of what they are off by that day. What goes on since days hides no hours. Owners are known by day alone: what
    only they show is not compared.
    """
    told: dict[int, str] = {}
    for place, (scope, one) in enumerate(found):
        days = [(cells.first + day).astype(object) for day, _ in one.common(one)]
        # a step in a day that stays is the daily search's from the next day on
        begins = [*days, days[-1] + timedelta(days=1)] if one.last % HOURS == HOURS - 1 else days
        best = _MOST
        for row in of_days:
            if (row["direction"] == "up") != one.up or row["onset_date"] > begins[-1] or row["last_date"] < days[0]:
                continue
            if row["anomaly_kind"] in _LASTING and row["onset_date"] not in begins:
                continue
            other, teller = (row["scope_type"], row["scope_id"]), row["told_by_id"] or row["anomaly_id"]
            if other == scope and row["onset_date"] in begins:
                told[place] = teller
                break
            if other == COMPANY or other[0] in COLUMNS:
                shared = _share(one, cells, scope, other)
                if shared < best:
                    continue
                whole = sum(cells.off(day, slice(0, HOURS), other) for day, _ in one.common(one))
                if shared * abs(one.impact) >= _MOST * abs(whole):
                    told[place], best = teller, shared
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
    return one.up == largest.up and _share(one, cells, scope, other, largest) >= _MOST


def _share(one: Standout, cells: Cells, scope: Scope, other: Scope, largest: Standout | None = None) -> float:
    """Return how much of what one is off by it shares with another scope, in the hours that both are off."""
    if scope != other and scope[0] == other[0]:
        return 0.0
    shared = sum(cells.off(day, hours, scope, other) for day, hours in one.common(largest or one))
    return abs(shared) / abs(one.impact) if (shared > 0) == one.up else 0.0


def _row(scope: Scope, one: Standout, cells: Cells, watched: Watched, company: np.ndarray) -> Row:
    day = (cells.first + one.day).astype(object)
    onset = datetime(day.year, day.month, day.day) + timedelta(hours=one.first)  # noqa: DTZ001 - UTC, as all hours
    last = onset + timedelta(hours=one.last - one.first)
    return {
        "anomaly_id": None,
        "scope_type": scope[0],
        "scope_id": scope[1],
        "currency": watched.currency,
        "anomaly_grain": HOUR,
        "anomaly_kind": str(Kind.MISSING if one.is_missing else Kind.SPIKE if one.up else Kind.DROP),
        "direction": direction(up=one.up),
        "onset_date": day,
        "flagged_date": day,
        "last_date": last.date(),
        "onset_hour": onset,
        "last_hour": last,
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


def _known(warehouse: Warehouse, currency: str) -> list[Row]:
    """Return what publications said of hours, the newest word of each."""
    newest = {row["anomaly_id"]: row for row in said(warehouse, HOUR, (*KEPT_COLUMNS, "anomaly_state"))}
    return [row for row in newest.values() if row["currency"] == currency]


def _kept(known: list[Row], searched: dict[Scope, date]) -> list[Row]:
    """Return what was found in days before those that are searched, and not taken back."""
    oldest = min(searched.values(), default=date.max)
    since = date.min if oldest == date.max else oldest - timedelta(days=31 * HISTORY_MONTHS)
    return [
        {name: row[name] for name in KEPT_COLUMNS}
        | {"last_date": row["last_hour"].date(), "anomaly_status": row["anomaly_state"], "is_moved": False}
        for row in known
        if since <= row["onset_date"] < searched.get((row["scope_type"], row["scope_id"]), date.max)
        and row["anomaly_state"] != "not_found"
    ]
