"""From marts to panels: the daily cost of every scope, what was announced, and which days are complete.

Belongs here: what the detector is given and why a day is not. A day is judged when every source that a scope mainly
lives on is complete up to it: its newest days are often delivered in part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from orchestration.analysis.anomaly import fees, restated
from orchestration.analysis.anomaly.detect import LEARN
from orchestration.analysis.anomaly.panel import Panel
from orchestration.analysis.anomaly.rows import DAY, said

if TYPE_CHECKING:
    from orchestration.analysis.warehouse import Warehouse

Scope = tuple[str, str]
HISTORY_MONTHS = 24
SOURCE_SHARE = 0.05  # of a scope's cost: a source that brings less does not decide whether a day is complete
_COMPLETE = 0.95  # of the lines that a day of the week usually has
_OPEN_DAYS = 4  # at the end of a source that may be incomplete
_OPEN_END_DAYS = 28  # after which an announced change without an end is the ordinary
_LEAST = 0.0005  # of all cost: scopes below are not watched by day
_PLAN_DAYS = 28  # after an announced change begins, and before, that tell whose cost it is
_PLAN_SHARE = 0.05  # of an announced change: scopes that hold less of it are not told
_PLAN_WEIGHT = 0.03  # of a scope's daily cost: a smaller change does not need learning anew
MOST_SCOPES = 2_000
# Trees of scopes, each below the company. The first one that holds a scope is that of those who pay.
_TREES = (
    ("business_unit", "team"),
    ("provider", "service"),
    ("billing_account", "sub_account"),
    ("product",),
    ("environment",),
    ("cost_center",),
    ("region",),
)
COMPANY: Scope = ("company", "all")
COLUMNS = {
    "company": "'all'",
    "business_unit": "business_unit",
    "cost_center": "cost_center",
    "team": "team",
    "product": "product",
    "environment": "environment",
    "provider": "service_provider_name",
    "billing_account": "billing_account_id",
    "sub_account": "sub_account_id",
    "service": "service_name",
    "region": "region_id",
}
UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Watched:
    """A panel with the names of its scopes; `complete` is the last judged day of each, where that is known."""

    currency: str
    scopes: list[Scope]
    panel: Panel
    complete: list[date | None] = field(default_factory=list)
    sources: list[str | None] = field(default_factory=list)
    """Of each scope the source that brings most of its cost."""
    anew: list[tuple[int, int]] = field(default_factory=list)
    """Places of scopes and days that are not judged because they were delivered anew."""

    def place(self, day: date) -> int:
        """Return the place of a date in the panel."""
        return int((np.datetime64(day) - self.panel.first_day).astype(int))

    def day(self, place: int) -> date:
        """Return the date of a place in the panel."""
        return self.panel.first_day.astype(object) + timedelta(days=int(place))


def read(warehouse: Warehouse) -> list[Watched]:
    """One panel per currency; empty where nothing costs anything."""
    costs = _costs(warehouse)
    if not costs:
        return []
    parents = _parents(warehouse)
    complete, sources = _complete(warehouse)
    plans = warehouse.query(
        "select scope_type, scope_id, service_name, start_date, end_date, daily_change_cost, currency "
        f"from {warehouse.relation('staging', 'stg_facts__planned_changes')} "
        "where coalesce(change_status, 'planned') <> 'cancelled'"
    ).to_pylist()
    holidays, anew = _holidays(warehouse), _restated(warehouse)
    found = []
    for currency, by_scope in sorted(costs.items()):
        mine = [plan | {"shares": _shares(warehouse, plan)} for plan in plans if plan["currency"] == currency]
        watched = _watched(currency, by_scope, parents, complete, mine, holidays)
        _leave_out(watched, anew, _told(warehouse, currency))
        watched.sources.extend(sources.get(scope) for scope in watched.scopes)
        found.append(watched)
    return found


def _costs(warehouse: Warehouse) -> dict[str, dict[Scope, tuple[np.ndarray, np.ndarray]]]:
    """Days and costs by currency and scope: usage and new purchases; credits and taxes come when they come."""
    table = warehouse.query(
        "select scope_type, scope_id, currency, charge_date, sum(effective_cost) as cost "
        f"from {warehouse.relation('marts', 'fct_scope_costs_daily')} "
        "where charge_category in ('Usage', 'Purchase') group by scope_type, scope_id, currency, charge_date"
    )
    if not table.num_rows:
        return {}
    days = np.array(table["charge_date"].cast(pa.date32()).to_numpy(), dtype="datetime64[D]")
    cost = table["cost"].cast(pa.float64()).to_numpy()
    first = (days.max().astype("datetime64[M]") - HISTORY_MONTHS).astype("datetime64[D]")
    keys = list(zip(*(table[name].to_pylist() for name in ("currency", "scope_type", "scope_id")), strict=True))
    begin = max(days.min(), first).astype(object) + timedelta(days=LEARN)
    known = fees.usual(warehouse, {name: _sql_of(name) for name in COLUMNS}, begin)
    taken = [known.get((*key, day), 0.0) for key, day in zip(keys, table["charge_date"].to_pylist(), strict=True)]
    cost = np.round(cost - taken, 9)
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if days[place] >= first:
            places[key].append(place)
    found: dict[str, dict[Scope, tuple[np.ndarray, np.ndarray]]] = defaultdict(dict)
    for (currency, scope_type, scope_id), mine in places.items():
        found[currency][scope_type, scope_id] = (days[mine], cost[mine])
    for old, new in _renamed(warehouse).items():
        for mine in found.values():
            if old in mine and new in mine:
                former, latter = mine.pop(old), mine[new]
                mine[new] = (np.concatenate([former[0], latter[0]]), np.concatenate([former[1], latter[1]]))
    return found


def _sql_of(scope_type: str) -> str:
    return f"coalesce({COLUMNS[scope_type]}, '{UNKNOWN}')"


def _parents(warehouse: Warehouse) -> dict[Scope, Scope]:
    table = warehouse.query(
        "select scope_type, scope_id, parent_scope_type, parent_scope_id "
        f"from {warehouse.relation('marts', 'dim_scopes')} where parent_scope_type is not null"
    )
    return {
        (row["scope_type"], row["scope_id"]): (row["parent_scope_type"], row["parent_scope_id"])
        for row in table.to_pylist()
    }


def _renamed(warehouse: Warehouse) -> dict[Scope, Scope]:
    """Return teams with another name by now, in the order of renaming: of two new names the last one tells."""
    rows = warehouse.query(
        f"select team, renamed_team from {warehouse.relation('intermediate', 'int_renamed_teams')} "
        "order by renamed_date"
    ).to_pylist()
    return {("team", row["team"]): ("team", row["renamed_team"]) for row in rows}


def _shares(warehouse: Warehouse, plan: dict) -> dict[Scope, float]:
    """Find which part of an announced change each scope holds: by the cost of what it names, from its first day on.

    Where nothing is there yet, or any more, by the cost before; empty where neither is known.
    """
    if plan["scope_type"] not in COLUMNS:
        return {}
    where = f"{_sql_of(plan['scope_type'])} = {_quoted(plan['scope_id'])}"
    if plan["service_name"]:
        where += f" and service_name = {_quoted(plan['service_name'])}"
    start, span = plan["start_date"], timedelta(days=_PLAN_DAYS)
    for begin, end in ((start, start + span), (start - span, start)):
        shares: dict[Scope, float] = defaultdict(float)
        chosen = ", ".join(f"{_sql_of(kind)} as {kind}" for kind in COLUMNS)
        for row in warehouse.query(
            f"select {chosen}, sum(effective_cost) as cost "
            f"from {warehouse.relation('marts', 'fct_planning_costs_daily')} "
            f"where currency = {_quoted(plan['currency'])} and charge_category = 'Usage' and {where} "
            f"and charge_date >= date '{begin}' and charge_date < date '{end}' group by all"
        ).to_pylist():
            for kind in COLUMNS:
                shares[kind, row[kind]] += float(row["cost"])
        if shares.get(COMPANY, 0.0) > 0:
            return {scope: cost / shares[COMPANY] for scope, cost in shares.items()}
    return {}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _complete(warehouse: Warehouse) -> tuple[dict[Scope, date], dict[Scope, str]]:
    """Find the day up to which each scope is complete, by the sources that it lives on; and its main source."""
    cost = warehouse.relation("marts", "fct_cost_daily")
    lines: dict[str, dict[date, int]] = defaultdict(dict)
    for row in warehouse.query(
        f"select source_name, charge_date, sum(line_count) as line_count from {cost} group by source_name, charge_date"
    ).to_pylist():
        lines[row["source_name"]][row["charge_date"]] = int(row["line_count"])
    until = {source: last_complete_day(by_day) for source, by_day in lines.items()}
    if not until:
        return {}, {}
    since = max(until.values()) - timedelta(days=35)
    found: dict[Scope, date] = {}
    main: dict[Scope, str] = {}
    for scope_type in COLUMNS:
        recent: dict[str, dict[str, float]] = defaultdict(dict)
        ever: dict[str, dict[str, float]] = defaultdict(dict)
        for row in warehouse.query(
            f"select {_sql_of(scope_type)} as scope_id, source_name, sum(abs(effective_cost)) as cost, "
            f"sum(case when charge_date >= date '{since}' then abs(effective_cost) end) as recent_cost "
            f"from {cost} group by 1, 2"
        ).to_pylist():
            ever[row["scope_id"]][row["source_name"]] = float(row["cost"] or 0)
            if row["recent_cost"]:
                recent[row["scope_id"]][row["source_name"]] = float(row["recent_cost"])
        for scope_id, by_source in ever.items():
            main[scope_type, scope_id] = min(by_source, key=lambda name: (-by_source[name], name))
        for scope_id, by_source in recent.items():
            least = SOURCE_SHARE * sum(by_source.values())
            decide = [until[source] for source, spent in by_source.items() if spent >= least]
            if decide:
                found[scope_type, scope_id] = min(decide)
    return found, main


def _restated(warehouse: Warehouse) -> dict[Scope, list[date]]:
    """Return the days of each scope that were delivered anew with other cost."""
    found: dict[Scope, list[date]] = defaultdict(list)
    for scope_type, scope_id, day in restated.days(warehouse, {name: _sql_of(name) for name in COLUMNS}):
        found[scope_type, scope_id].append(day)
    return found


def _told(warehouse: Warehouse, currency: str) -> dict[Scope, list[tuple[date, date]]]:
    """Return from when to when former publications told of each scope."""
    found: dict[Scope, list[tuple[date, date]]] = defaultdict(list)
    for row in said(warehouse, DAY, ("scope_type", "scope_id", "currency", "onset_date", "flagged_date")):
        if row["currency"] == currency:
            found[row["scope_type"], row["scope_id"]].append((row["onset_date"], row["flagged_date"]))
    return found


def _leave_out(watched: Watched, anew: dict[Scope, list[date]], told: dict[Scope, list[tuple[date, date]]]) -> None:
    """Judge no day that was delivered anew, but for those that were told before: their new cost may take that back."""
    for place, scope in enumerate(watched.scopes):
        for day in anew.get(scope, ()):
            at = watched.place(day)
            known = any(begin <= day <= end for begin, end in told.get(scope, ()))
            if 0 <= at < watched.panel.judged.shape[1] and watched.panel.judged[place, at] and not known:
                watched.panel.judged[place, at] = False
                watched.anew.append((place, at))


def _holidays(warehouse: Warehouse) -> list[dict]:
    """Return the holidays that the company's rules name; `valid_to` is exclusive."""
    if "rule_holidays" not in warehouse.relations("raw"):
        return []
    return warehouse.query(
        "select coalesce(scope_type, 'company') as scope_type, coalesce(scope_id, 'all') as scope_id, valid_from, "
        f"valid_to from {warehouse.relation('raw', 'rule_holidays')}"
    ).to_pylist()


def last_complete_day(lines: dict[date, int]) -> date:
    """Return the newest day of a source that has about as many lines as its day of the week usually has."""
    last = max(lines)
    for back in range(_OPEN_DAYS):
        day = last - timedelta(days=back)
        usual = [lines[before] for week in range(1, 5) if (before := day - timedelta(days=7 * week)) in lines]
        if not usual or lines.get(day, 0) >= _COMPLETE * float(np.median(usual)):
            return day
    return last - timedelta(days=_OPEN_DAYS)


def _watched(
    currency: str,
    costs: dict[Scope, tuple[np.ndarray, np.ndarray]],
    parents: dict[Scope, Scope],
    complete: dict[Scope, date],
    plans: list[dict],
    holidays: list[dict],
) -> Watched:
    scopes = _chosen(costs)
    first = min(days.min() for days, _ in costs.values())
    last = max(days.max() for days, _ in costs.values())
    length = int((last - first).astype(int)) + 1
    cost, judged = np.zeros((len(scopes), length)), np.ones((len(scopes), length), dtype=bool)
    ends: list[date | None] = []
    for place, scope in enumerate(scopes):
        days, amounts = costs[scope]
        np.add.at(cost[place], (days - first).astype(int), amounts)
        end = complete.get(scope)  # a scope without recent cost is judged to the last day: it may be missing
        ends.append(end)
        if end is not None:
            judged[place, int((np.datetime64(end) - first).astype(int)) + 1 :] = False
    judged &= cost >= 0  # a day below nothing is a correction
    places = {scope: place for place, scope in enumerate(scopes)}
    planned, restarts = _planned(plans, places, parents, first, cost)
    panel = Panel(
        *(first, np.maximum(cost, 0.0), _tree(scopes, places, parents), judged, planned),
        restarts=restarts,
        resting=_resting(holidays, places, parents, first, length),
    )
    return Watched(currency, scopes, panel, ends)


def _chosen(costs: dict[Scope, tuple[np.ndarray, np.ndarray]]) -> list[Scope]:
    """Choose the scopes worth watching; the company comes always."""
    spent = {scope: float(np.abs(amounts).sum()) for scope, (_, amounts) in costs.items()}
    least = _LEAST * spent.get(COMPANY, 0.0)
    chosen = [scope for scope in spent if spent[scope] > least or scope == COMPANY]
    return sorted(sorted(chosen, key=lambda scope: (-spent[scope], scope))[:MOST_SCOPES])


def _tree(scopes: list[Scope], places: dict[Scope, int], parents: dict[Scope, Scope]) -> np.ndarray:
    found = np.full((len(_TREES), len(scopes)), -1)
    for tree, types in enumerate(_TREES):
        for place, scope in enumerate(scopes):
            if scope[0] in types:
                above = parents.get(scope, COMPANY)
                found[tree, place] = places.get(above, places.get(COMPANY, -1))
    return found


def _with_all_above(scope: Scope | None, parents: dict[Scope, Scope]) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = parents.get(scope)


def _resting(
    holidays: list[dict], places: dict[Scope, int], parents: dict[Scope, Scope], first: np.datetime64, length: int
) -> np.ndarray:
    """Mark the days on which a scope rests, something below it, or all of it: then less cost is ordinary."""
    resting = np.zeros((len(places), length), dtype=bool)
    for holiday in holidays:
        who = (holiday["scope_type"], holiday["scope_id"])
        begin, end = (int((np.datetime64(holiday[name]) - first).astype(int)) for name in ("valid_from", "valid_to"))
        touched = set(_with_all_above(who, parents)) | {COMPANY}
        below = {scope for scope in places if who == COMPANY or who in _with_all_above(scope, parents)}
        rows = [places[scope] for scope in touched | below if scope in places]
        resting[rows, max(begin, 0) : max(end, 0)] = True
    return resting


def _planned(
    plans: list[dict], places: dict[Scope, int], parents: dict[Scope, Scope], first: np.datetime64, cost: np.ndarray
) -> tuple[np.ndarray, tuple[tuple[int, int], ...]]:
    """Spread what was announced over all scopes that hold it; and say where it becomes ordinary."""
    length = cost.shape[1]
    planned = np.zeros((len(places), length))
    restarts = []
    for plan in plans:
        touched: dict[Scope, float] = {COMPANY: 1.0}
        below = [(plan["scope_type"], plan["scope_id"])]
        below += [("service", plan["service_name"])] if plan["service_name"] else []
        for start in below:
            touched.update(dict.fromkeys(_with_all_above(start, parents), 1.0))
        touched |= plan["shares"]
        begin = int((np.datetime64(plan["start_date"]) - first).astype(int))
        end = begin + _OPEN_END_DAYS
        if plan["end_date"]:
            end = int((np.datetime64(plan["end_date"]) - first).astype(int))
        for scope, share in touched.items():
            if scope in places and share >= _PLAN_SHARE and end > 0 and begin < length:
                place, change = places[scope], float(plan["daily_change_cost"]) * share
                planned[place, max(begin, 0) : end] += change
                usual = cost[place, max(0, begin - _PLAN_DAYS) : max(begin, 1)].mean()
                if not plan["end_date"] and begin >= 0 and end < length and abs(change) > _PLAN_WEIGHT * usual:
                    restarts.append((place, end))
    return planned, tuple(sorted(restarts))
