"""The company's plans and trade are facts that the front door knows, and tell what the story promises."""

from datetime import date
from itertools import pairwise

import pytest

from orchestration.formats.facts import FACTS
from orchestration.simulator import decisions, plans, trade
from orchestration.simulator.decisions import Decisions
from orchestration.simulator.periods import Month, calendar

SEED = 20260501


@pytest.fixture(scope="module")
def months() -> list[Month]:
    return calendar("2025-10", 13, SEED, 7)


@pytest.mark.parametrize(
    ("fact", "header"),
    [
        ("budgets", plans.BUDGET_HEADER),
        ("fiscal_calendar", plans.CALENDAR_HEADER),
        ("business_metrics", trade.METRIC_HEADER),
        ("software_deliveries", trade.DELIVERY_HEADER),
        ("incidents", trade.INCIDENT_HEADER),
        ("worklogs", trade.WORKLOG_HEADER),
        ("recommendations", decisions.RECOMMENDATION_HEADER),
        ("planned_changes", decisions.CHANGE_HEADER),
        ("approvals", decisions.REQUEST_HEADER),
        ("ownership_registry", decisions.OWNER_HEADER),
    ],
)
def test_every_column_is_one_of_the_fact(fact: str, header: tuple[str, ...]) -> None:
    assert set(header) <= set(FACTS[fact].by_name)
    assert set(header) >= {column.name for column in FACTS[fact].columns if column.required}


def test_the_fiscal_year_has_quarters_of_four_four_and_five_weeks_without_a_hole(months: list[Month]) -> None:
    periods = list(plans.fiscal_calendar(months))
    assert all(earlier[-1] == later[-2] for earlier, later in pairwise(periods))
    assert {(end - start).days // 7 for *_, start, end in periods} == {4, 5}
    assert periods[0][-2] <= date(2025, 10, 1)
    assert periods[-1][-1] > max(row[3] for row in plans.budgets(months, 1))
    assert [row[2] for row in periods if (row[-1] - row[-2]).days == 35] == [3, 6, 9, 12] * 3


def test_one_business_unit_is_planned_below_its_teams(months: list[Month]) -> None:
    cost = {(row[1], row[2]): row[5] for row in plans.budgets(months, 1) if row[0] == "original" and row[3].month == 8}
    shop = sum(cost["team", team] for team in ("checkout", "search", "payments", "mobile"))
    assert cost["business_unit", "shop"] == shop
    assert cost["business_unit", "marketing"] < cost["team", "growth"]


def test_plans_grow_with_the_company(months: list[Month]) -> None:
    assert sum(row[5] for row in plans.budgets(months, 3)) == 3 * sum(row[5] for row in plans.budgets(months, 1))


def test_nobody_counted_the_requests_of_july(months: list[Month]) -> None:
    counted = [row[6] for row in trade.metrics(months, SEED) if row[0] == "ai_requests"]
    assert len(counted) == 11
    assert date(2026, 7, 1) not in counted


def test_nothing_is_written_down_before_it_happened() -> None:
    half = Decisions(calendar("2025-10", 10, SEED, 7), SEED, 1)  # July 2026 is open, to the 17th
    known = half.months[-1].refreshes[-1].executed_at
    status = {row[0]: row[10] for row in half.recommendations()}
    assert status["ce-0007"] == "implemented"
    assert status["ce-0008"] == "accepted"
    assert "auto-0010" not in status
    dates = [value for row in half.recommendations() for value in row[11:16] if value]
    assert max(dates) <= known.date()
    assert {row[0] for row in half.incidents()} == {"COST-2026-05-18", "COST-2026-06-08"}
    assert all(row[10] == "" or row[10] < known for row in half.requests())


def test_decisions_grow_with_the_company_and_name_teams_as_they_are_called(months: list[Month]) -> None:
    one, three = (Decisions(months, SEED, copies) for copies in (1, 3))
    saved = [sum(row[7] for row in some.recommendations()) for some in (one, three)]
    assert saved[1] == 3 * saved[0]
    assert {row[5] for row in one.requests() if row[6] >= months[10].start} & {"growth", "customer-growth"} == {
        "customer-growth"
    }
