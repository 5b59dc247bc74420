"""Every day has a fiscal period: the delivered one, else its calendar month, which counts into no delivered year."""

from __future__ import annotations

from datetime import date

import pytest

from .conftest import Run

COSTS = "select date '2026-01-15' as charge_date union all select date '2026-12-20'"
BUDGETS = "select date '2026-01-01' as budget_start_date, date '2027-01-01' as budget_end_date"
PERIOD = "fiscal_year, fiscal_quarter, fiscal_period, fiscal_period_name, start_date, end_date, quarter_start_date, "
PERIOD += "quarter_end_date, year_start_date, year_end_date"


def calendar(run: Run, *periods: str) -> dict[date, dict[str, object]]:
    values = ", ".join(periods) or "(1, 1, 1, '', " + ", ".join(["date '2000-01-01'"] * 6) + ")"
    query = f"select * from (values {values}) as periods ({PERIOD})" + ("" if periods else " where false")
    rows = run("dim_fiscal_calendar", fct_scope_costs_daily=COSTS, int_budgets=BUDGETS, int_fiscal_periods=query)
    return {row["calendar_date"]: row for row in rows}


def period(year: int, number: int, start: str, end: str, quarter: tuple[str, str], whole: tuple[str, str]) -> str:
    dates = ", ".join(f"date '{day}'" for day in (start, end, *quarter, *whole))
    return f"({year}, {(number + 2) // 3}, {number}, 'P{number}', {dates})"


def test_without_a_delivered_calendar_the_calendar_year_is_the_fiscal_year(run: Run) -> None:
    days = calendar(run)
    assert len(days) == 365
    may = days[date(2026, 5, 17)]
    assert (may["fiscal_year"], may["fiscal_quarter"], may["fiscal_period"]) == (2026, 2, 5)
    assert may["fiscal_quarter_start_date"] == date(2026, 4, 1)
    assert (may["fiscal_year_start_date"], may["fiscal_year_end_date"]) == (date(2026, 1, 1), date(2027, 1, 1))
    assert may["calendar_source"] == "calendar_month"
    assert (may["weekday"], may["is_working_day"]) == (7, False)


def test_a_day_in_a_hole_has_its_calendar_month_and_says_so(run: Run) -> None:
    quarter, year = ("2026-02-02", "2026-05-04"), ("2026-02-02", "2027-02-01")
    days = calendar(
        run,
        period(2026, 1, "2026-02-02", "2026-03-02", quarter, year),
        period(2026, 3, "2026-03-30", "2026-05-04", quarter, year),
    )
    assert len(days) == 365
    inside, hole, after = days[date(2026, 3, 1)], days[date(2026, 3, 2)], days[date(2026, 5, 4)]
    assert (inside["calendar_source"], inside["fiscal_period_name"]) == ("delivered", "P1")
    assert inside["fiscal_quarter_start_date"] == date(2026, 2, 2)
    assert (hole["calendar_source"], hole["fiscal_period_name"]) == ("calendar_month", "2026-03")
    assert hole["fiscal_quarter_start_date"] == date(2026, 1, 1)
    assert after["calendar_source"] == "calendar_month"


def test_of_two_periods_for_a_day_the_later_one_counts(run: Run) -> None:
    year = ("2026-02-02", "2027-02-01")
    days = calendar(
        run,
        period(2026, 1, "2026-02-02", "2026-03-10", year, year),
        period(2026, 2, "2026-03-02", "2026-03-30", year, year),
    )
    assert len(days) == 365
    assert days[date(2026, 3, 5)]["fiscal_period"] == 2


@pytest.mark.parametrize("day", ["2026-01-01", "2026-12-31"])
def test_the_year_of_the_first_and_the_last_day_is_whole(run: Run, day: str) -> None:
    assert date.fromisoformat(day) in calendar(run)
