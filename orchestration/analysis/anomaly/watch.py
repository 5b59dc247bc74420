"""The analysis `anomalies`: what went on in the daily costs of every scope, event by event.

Belongs here: from panels to tables. An event keeps its identity over runs: its id comes from its scope, currency,
direction and onset, and one that a former publication knew under another onset keeps its old id. What was found is a
cache: while nothing that a panel is made of has changed, it is not searched again.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from orchestration.analysis import Analysis
from orchestration.analysis.anomaly.cached import cached
from orchestration.analysis.anomaly.cells import COLUMNS as HOURLY_COLUMNS
from orchestration.analysis.anomaly.detect import LEARN, detect
from orchestration.analysis.anomaly.hourly import anomalies_of_hours
from orchestration.analysis.anomaly.reading import COMPANY, Watched, read
from orchestration.analysis.anomaly.rows import DAY, direction, id_of, money, said, severity
from orchestration.analysis.anomaly.same_cause import link_trees

if TYPE_CHECKING:
    from orchestration.analysis import Context
    from orchestration.analysis.anomaly.events import Event

_MONEY = pa.decimal128(38, 9)
_KEY = [(name, pa.string()) for name in ("anomaly_id", "scope_type", "scope_id", "currency")]
ANOMALIES = pa.schema(
    [
        *_KEY,
        ("anomaly_grain", pa.string()),
        ("anomaly_kind", pa.string()),
        ("direction", pa.string()),
        ("onset_date", pa.date32()),
        ("flagged_date", pa.date32()),
        ("last_date", pa.date32()),
        ("onset_hour", pa.timestamp("us")),
        ("last_hour", pa.timestamp("us")),
        ("anomaly_status", pa.string()),
        ("severity", pa.string()),
        ("expected_cost", _MONEY),
        ("expected_low_cost", _MONEY),
        ("expected_high_cost", _MONEY),
        ("actual_cost", _MONEY),
        ("impact_cost", _MONEY),
        ("told_by_id", pa.string()),
        ("is_moved", pa.bool_()),
        ("source_name", pa.string()),
    ]
)
DAYS = pa.schema(
    [
        *_KEY,
        ("charge_date", pa.date32()),
        ("expected_cost", _MONEY),
        ("expected_low_cost", _MONEY),
        ("expected_high_cost", _MONEY),
        ("actual_cost", _MONEY),
    ]
)
SCOPES = pa.schema(
    [
        *[(name, pa.string()) for name in ("scope_type", "scope_id", "currency", "watch_status")],
        ("judged_through_date", pa.date32()),
        ("judged_days", pa.int64()),
    ]
)
_SAME_ONSET = 5  # days by which an onset may move when the past is delivered anew


def compute(context: Context) -> dict[str, pa.Table]:
    """Search every currency's panel; see `Analysis`."""
    known = _known(context)
    anomalies: list[dict] = []
    days: list[dict] = []
    scopes: list[dict] = []
    by_hour = _by_hour(context)
    for watched in read(context.warehouse):
        events = _found(context, watched)
        ids = _ids(events, watched, known)
        company = _company_cost(watched)
        of_days: list[dict] = []
        for event, anomaly_id in zip(events, ids, strict=True):
            told_by = None if event.told_by is None else ids[event.told_by]
            of_days.append(_anomaly(event, anomaly_id, told_by, watched, company))
            days += _days(event, anomaly_id, watched)
        anomalies += of_days
        anomalies += anomalies_of_hours(
            *(context.warehouse, context.cache, by_hour, watched, of_days, company), context.workers
        )
        scopes += _scopes(watched)
    tables = {"anomalies": (anomalies, ANOMALIES), "anomaly_days": (days, DAYS), "anomaly_scopes": (scopes, SCOPES)}
    return {name: pa.Table.from_pylist(rows, schema=schema) for name, (rows, schema) in tables.items()}


def _by_hour(context: Context) -> pa.Table:
    """Read the hourly costs of the newest days; in one order, since sums of floats depend on it."""
    order = ", ".join(("charge_date", "hour_of_day", "currency", "source_name", *HOURLY_COLUMNS.values()))
    relation = context.warehouse.relation("ops", "anomaly_hourly_costs")
    return context.warehouse.query(f"select * from {relation} order by {order}")


def _found(context: Context, watched: Watched) -> list[Event]:
    """Find the events of a panel, in the cache where the same was searched before."""
    panel = watched.panel

    def search() -> list[Event]:
        events = detect(panel)
        link_trees(events, watched, context.warehouse)
        return events

    words = (watched.scopes, panel.first_day, panel.restarts)
    arrays = (panel.cost, panel.parents, panel.judged, panel.planned, panel.resting)
    return cached(context.cache, watched.currency, words, arrays, search)


def _known(context: Context) -> dict[tuple[str, str, str, str], list[tuple[date, str]]]:
    """Onsets and ids that former publications gave, by scope, currency and direction."""
    found: dict[tuple[str, str, str, str], list[tuple[date, str]]] = {}
    columns = ("scope_type", "scope_id", "currency", "direction", "onset_date", "anomaly_id")
    for row in said(context.warehouse, DAY, columns):
        key = (row["scope_type"], row["scope_id"], row["currency"], row["direction"])
        found.setdefault(key, []).append((row["onset_date"], row["anomaly_id"]))
    return found


def _ids(events: list[Event], watched: Watched, known: dict) -> list[str]:
    """Give each event its id: the one that it had, if one near its onset is known and not taken by a nearer one."""
    result: list[str] = []
    taken: set[str] = set()
    for event in sorted(events, key=lambda e: e.onset):
        scope, onset = watched.scopes[event.scope], watched.day(event.onset)
        key = (*scope, watched.currency, direction(up=event.up))
        own = id_of(*key, onset.isoformat())
        near = sorted(
            (abs((former - onset).days), anomaly_id)
            for former, anomaly_id in known.get(key, [])
            if abs((former - onset).days) <= _SAME_ONSET and anomaly_id not in taken
        )
        chosen = near[0][1] if near else own
        taken.add(chosen)
        result.append(chosen)
    order = sorted(range(len(events)), key=lambda place: events[place].onset)
    by_place = dict(zip(order, result, strict=True))
    return [by_place[place] for place in range(len(events))]


def _company_cost(watched: Watched) -> np.ndarray:
    """Return what the company costs a day, over the four weeks before each day."""
    cost = watched.panel.cost[watched.scopes.index(COMPANY)] if COMPANY in watched.scopes else watched.panel.cost.sum(0)
    total = np.concatenate([[0.0], np.cumsum(cost)])
    place = np.arange(len(cost))
    begin = np.maximum(place - LEARN, 0)
    return (total[place] - total[begin]) / np.maximum(place - begin, 1)


def _anomaly(event: Event, anomaly_id: str, told_by: str | None, watched: Watched, company: np.ndarray) -> dict:
    scope_type, scope_id = watched.scopes[event.scope]
    a_day = abs(event.impact) / max(len(event.actual), 1)
    return {
        "anomaly_id": anomaly_id,
        "scope_type": scope_type,
        "scope_id": scope_id,
        "currency": watched.currency,
        "anomaly_grain": DAY,
        "anomaly_kind": str(event.kind),
        "direction": direction(up=event.up),
        "onset_date": watched.day(event.onset),
        "flagged_date": watched.day(event.flagged),
        "last_date": watched.day(event.last),
        "onset_hour": None,
        "last_hour": None,
        "anomaly_status": str(event.state),
        "severity": severity(a_day, company[event.onset]),
        "expected_cost": money(event.expected.sum()),
        "expected_low_cost": money(event.least),
        "expected_high_cost": money(event.most),
        "actual_cost": money(event.actual.sum()),
        "impact_cost": money(event.actual.sum()) - money(event.expected.sum()),
        "told_by_id": told_by,
        "is_moved": event.moved,
        "source_name": watched.sources[event.scope],
    }


def _days(event: Event, anomaly_id: str, watched: Watched) -> list[dict]:
    scope_type, scope_id = watched.scopes[event.scope]
    onset = watched.day(event.onset)
    return [
        {
            "anomaly_id": anomaly_id,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "currency": watched.currency,
            "charge_date": onset + timedelta(days=place),
            "expected_cost": money(event.expected[place]),
            "expected_low_cost": money(event.low[place]),
            "expected_high_cost": money(event.high[place]),
            "actual_cost": money(event.actual[place]),
        }
        for place in range(len(event.actual))
    ]


def _scopes(watched: Watched) -> list[dict]:
    panel, found = watched.panel, []
    for place, (scope_type, scope_id) in enumerate(watched.scopes):
        with_cost = panel.cost[place] > 0
        days = int((with_cost & panel.judged[place]).sum())
        recent = with_cost[-56:].mean() if with_cost.any() else 0.0
        status = "learning" if days < LEARN else "gone" if recent == 0 else "few_days" if recent < 0.3 else "judged"
        last = np.flatnonzero(panel.judged[place])
        found.append(
            {
                "scope_type": scope_type,
                "scope_id": scope_id,
                "currency": watched.currency,
                "watch_status": status,
                "judged_through_date": watched.day(int(last[-1])) if len(last) else None,
                "judged_days": days,
            }
        )
    return found


ANOMALY_ANALYSIS = Analysis(
    name="anomalies",
    reads=(
        "fct_scope_costs_daily",
        "fct_planning_costs_daily",
        "fct_cost_daily",
        "dim_scopes",
        "stg_facts__planned_changes",
        "day_totals_history",
        "anomaly_hourly_costs",
        "int_renamed_teams",
    ),
    tables={"anomalies": ANOMALIES, "anomaly_days": DAYS, "anomaly_scopes": SCOPES},
    compute=compute,
)
