"""What Harbourline planned to spend, and the fiscal year that it plans by.

Belongs here: budgets and the fiscal calendar, as a finance department would hand them over. Does not belong here:
what was spent. Months are counted as `Month.index` counts them: 0 is the first month of the story.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from .periods import RENAME_AT, Month, month_start

BUDGET_HEADER = (
    *("budget_version", "scope_type", "scope_id", "budget_month", "currency", "budget_cost", "cost_metric"),
    *("budget_grain", "phasing", "approved_by", "approved_date", "note"),
)
CALENDAR_HEADER = ["fiscal_year", "fiscal_quarter", "fiscal_period", "fiscal_period_name", "start_date", "end_date"]
AHEAD = 3
"""Months that are planned after the last simulated one."""

_PLANS: dict[str, tuple[tuple[int, int], ...]] = {
    # team -> (from which month on, USD a month); checkout spends more than this from July on, three months in a row
    "checkout": ((-99, 7_500), (-4, 6_600), (2, 6_100)),
    "search": ((-99, 8_600), (1, 6_900)),
    "payments": ((-99, 5_400), (1, 3_900)),
    "mobile": ((-99, 1_300), (1, 1_000)),
    "growth": ((-99, 5_500),),
    "data": ((-99, 7_600), (-4, 8_200), (1, 8_800)),
    "platform": ((-99, 5_000), (1, 8_000)),
    "security": ((-99, 150),),  # twice what it needs
}
_PHASING = {"search": "seasonal", "data": "working_days", "growth": "working_days"}
_UNITS = {
    "shop": ("checkout", "search", "payments", "mobile"),
    "marketing": ("growth",),
    "technology": ("data", "platform", "security"),
}
_CAMPAIGN = 2_300
"""A campaign each third month; the budget of the business unit forgets it, so its teams do not sum to it."""
_RESERVE = 6_500
"""What the company plans for cost that nobody owns, above the budgets of its business units."""
_YEAR_BEGINS = 2
_RAISED = {"data": 9_400, "customer-growth": 5_500}
"""Budgets as they were changed in the month of the renaming."""


def budgets(months: list[Month], copies: int) -> Iterator[Sequence[object]]:
    """Give budgets for all months and a few ahead, `copies` times as large where the company is."""
    first, last = months[0], months[-1]
    approved = first.start.date() - timedelta(days=20)

    def row(version: str, scope: tuple[str, str], index: int, cost: int, **more: str) -> Sequence[object]:
        start = month_start(first.start, index - first.index).date()
        given = {"currency": "USD", "metric": "effective_cost", "grain": "month", "phasing": "even", "note": ""} | more
        currency, metric, grain, phasing, note = given.values()
        return (version, *scope, start, currency, cost * copies, metric, grain, phasing, "CFO", approved, note)

    for index in range(first.index, last.index + AHEAD + 1):
        teams = {team: _planned(team, index) for team in _PLANS}
        for team, cost in teams.items():
            yield row("original", ("team", team), index, cost, phasing=_PHASING.get(team, "even"))
        units = {unit: sum(teams[team] for team in members) for unit, members in _UNITS.items()}
        units["marketing"] = _PLANS["growth"][0][1]
        for unit, cost in units.items():
            yield row("original", ("business_unit", unit), index, cost)
        yield row("original", ("company", "all"), index, sum(units.values()) + _RESERVE)
        if index >= RENAME_AT:
            for team, cost in _RAISED.items():
                campaign = _CAMPAIGN if team.endswith("growth") and _has_campaign(index) else 0
                yield row("current", ("team", team), index, cost + campaign, note="changed in August")
            yield row("latest_estimate", ("company", "all"), index, 46_000 + 300 * index, phasing="seasonal")
        if (index - first.index) % 3 == 0:
            quarter = {"currency": "EUR", "metric": "billed_cost", "grain": "quarter"}
            yield row("original", ("provider", "Microsoft"), index, 2_300, **quarter)
        if month_start(first.start, index - first.index).month == _YEAR_BEGINS:
            year = {"grain": "year", "phasing": "seasonal"}
            yield row("original", ("provider", "Lumen Language Models"), index, 38_000, **year)


def _planned(team: str, index: int) -> int:
    cost = [cost for since, cost in _PLANS[team] if since <= index][-1]
    return cost + (_CAMPAIGN if team == "growth" and _has_campaign(index) else 0)


def _has_campaign(index: int) -> bool:
    return index % 3 == 0


def fiscal_calendar(months: list[Month]) -> Iterator[Sequence[object]]:
    """Give 4-4-5 years of a shop, each from the Monday nearest to the first of February."""
    until = month_start(months[-1].start, AHEAD + 3)  # to the end of the last quarter that is planned
    year = months[0].start.year - (months[0].start < _year_start(months[0].start.year))
    while _year_start(year) < until:
        start, following = _year_start(year), _year_start(year + 1)
        for period in range(1, 13):
            end = following if period == 12 else start + timedelta(weeks=5 if period % 3 == 0 else 4)
            name = f"FY{year} P{period:02d}"
            yield year, (period + 2) // 3, period, name, start.date(), end.date()
            start = end
        year += 1


def _year_start(year: int) -> datetime:
    middle = date(year, _YEAR_BEGINS, 1)
    nearest = min((middle + timedelta(days=days) for days in range(-3, 4)), key=lambda day: day.weekday())
    return datetime(nearest.year, nearest.month, nearest.day)  # noqa: DTZ001  exports are naive UTC
