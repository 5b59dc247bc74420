"""Fees that come again: bought on few days of a month, and bought before at about the same price.

Belongs here: which purchases are expected. A support plan or a subscription is dated on one day for its whole month,
quarter or year: among a scope's daily costs it would be a spike whenever it comes and a drop whenever it does not.
Its first time and a new price are judged where they are bought, in the service and above it, and nowhere else: what
is new there would be learned elsewhere as a habit of that day of the month. Refunds are judged everywhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.analysis.warehouse import Warehouse

_FEW_DAYS = 5  # of a month: what is bought more often is judged day by day, like usage
_ALIKE = 0.25  # how far the price may be off an earlier one
_APART = timedelta(days=6)  # less is the same purchase in parts
_BOUGHT_AS = ("service", "provider", "company")
_BOUGHT = ("currency", "service_provider_name", "billing_account_id", "sub_account_id", "service_name", "region_id")


def usual(warehouse: Warehouse, columns: dict[str, str], judged_from: date) -> dict[tuple[str, str, str, date], float]:
    """Sum the fees that are expected in a scope by currency, scope type, scope and day.

    `columns` gives the SQL of each scope type. Before `judged_from` nothing is judged, and a fee there is no news.
    """
    seen = ", ".join(f"{sql} as scope_{name}" for name, sql in columns.items())
    rows = warehouse.query(
        f"select {', '.join(_BOUGHT)}, charge_date, {seen}, sum(effective_cost) as cost "
        f"from {warehouse.relation('marts', 'fct_planning_costs_daily')} "
        f"where charge_category = 'Purchase' group by {', '.join(map(str, range(1, 8 + len(columns))))}"
    ).to_pylist()
    bought: dict[tuple, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        bought[_key(row)][row["charge_date"]] += float(row["cost"])
    fees = {key: {day for day, cost in by_day.items() if cost > 0} - often(by_day) for key, by_day in bought.items()}
    again = {key: coming_again(bought[key], days, judged_from) for key, days in fees.items()}
    found: dict[tuple[str, str, str, date], float] = defaultdict(float)
    for row in rows:
        key, day = _key(row), row["charge_date"]
        for name in columns:
            if day in (again if name in _BOUGHT_AS else fees)[key]:
                found[row["currency"], name, row[f"scope_{name}"], day] += float(row["cost"])
    return found


def often(by_day: dict[date, float]) -> set[date]:
    """Choose the days of months in which something is bought on more than a few days: that is judged like usage."""
    days = Counter(day.replace(day=1) for day, cost in by_day.items() if cost)
    return {day for day in by_day if days[day.replace(day=1)] > _FEW_DAYS}


def coming_again(by_day: dict[date, float], days: set[date], judged_from: date) -> set[date]:
    """Choose those of `days` whose purchase is like an earlier one, and those before anything is judged."""
    return {
        day
        for day in days
        if day < judged_from or any(_alike(by_day[day], by_day[before]) for before in by_day if before <= day - _APART)
    }


def _alike(cost: float, former: float) -> bool:
    return abs(cost - former) <= _ALIKE * max(cost, former)


def _key(row: dict[str, Any]) -> tuple:
    return tuple(row[name] for name in _BOUGHT)
