"""Days that were delivered anew with other cost after they had been whole: what changed is no news of those days.

Belongs here: which days of which scopes. What was told of such a day before is judged by its new cost; what was not
told then is not told now, and nothing is learned from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.analysis.warehouse import Warehouse

WHOLE_AFTER = timedelta(days=3)  # from the beginning of a day: until then its lines come in
_CHANGED = 0.1  # of what a service cost on the day, and of what a scope did
Cell = tuple[str, str, date]
"""A source, a service and a day."""


def days(warehouse: Warehouse, columns: dict[str, str]) -> set[tuple[str, str, date]]:
    """Return scope type, scope and day, wherever a tenth of the cost lies in services whose day has changed so much.

    `columns` gives the SQL of each scope type.
    """
    cells = _changed_cells(warehouse)
    if not cells:
        return set()
    when = ", ".join(f"date '{day}'" for day in sorted({day for _, _, day in cells}))
    found = set()
    for scope_type, sql in columns.items():
        whole: dict[tuple[str, date], float] = defaultdict(float)
        anew: dict[tuple[str, date], float] = defaultdict(float)
        for row in warehouse.query(
            f"select {sql} as scope_id, source_name, coalesce(service_name, 'Unknown') as service_name, charge_date, "
            f"sum(abs(effective_cost)) as cost from {warehouse.relation('marts', 'fct_cost_daily')} "
            f"where charge_category in ('Usage', 'Purchase') and charge_date in ({when}) group by 1, 2, 3, 4"
        ).to_pylist():
            key, cost = (row["scope_id"], row["charge_date"]), float(row["cost"])
            whole[key] += cost
            # a difference to a closed month is a source of its own, `<source>/<delivery>`
            if (row["source_name"].split("/")[0], row["service_name"], row["charge_date"]) in cells:
                anew[key] += cost
        found |= {(scope_type, *key) for key, cost in anew.items() if cost > _CHANGED * whole[key]}
    return found


def _changed_cells(warehouse: Warehouse) -> set[Cell]:
    """Compare the cost of each day, as the first publication after it was whole showed it, with what it is now."""
    if "day_totals_history" not in warehouse.relations("ops"):
        return set()
    history, key = (
        warehouse.relation("ops", "day_totals_history"),
        "source_name, service_name, billing_currency, charge_date",
    )
    moments = warehouse.query(f"select distinct known_start from {history} order by known_start")[
        "known_start"
    ].to_pylist()
    rows = warehouse.query(
        f"select {key}, known_start, value from {history} "
        f"qualify count(*) over (partition by {key}) > 1 order by {key}, vintage_id"
    ).to_pylist()
    known: dict[tuple[str, str, str, date], list[tuple[datetime, float]]] = defaultdict(list)
    for row in rows:
        place = (row["source_name"], row["service_name"], row["billing_currency"], row["charge_date"])
        known[place].append((row["known_start"], float(row["value"])))
    found = set()
    for (source, service, _, day), values in known.items():
        asked = bisect_left(moments, datetime.combine(day, time()) + WHOLE_AFTER)
        if asked == len(moments):
            continue
        then = [value for at, value in values if at <= moments[asked]][-1:] or [values[0][1]]
        now = values[-1][1]
        if abs(now - then[0]) > _CHANGED * max(abs(now), abs(then[0])):
            found.add((source, service, day))
    return found
