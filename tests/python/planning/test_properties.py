"""Money of plans: whatever budget and days, phasing loses nothing; whatever the change, its two parts sum to it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Run

NANO = Decimal("0.000000001")
MONEY = st.decimals(min_value=0, max_value=10**9, places=9)
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(
    budget=MONEY,
    weights=st.lists(st.decimals(min_value=0, max_value=9, places=9), min_size=1, max_size=40).filter(any),
)
def test_the_days_of_a_budget_sum_to_it_to_the_last_digit(run: Run, budget: Decimal, weights: list[Decimal]) -> None:
    days = ", ".join(f"({number}, {weight}::decimal(38, 9))" for number, weight in enumerate(weights))
    key = "'original' as budget_version, 'team' as scope_type, 'web' as scope_id, date '2026-01-01' as "
    key += "budget_start_date, 'USD' as delivered_currency"
    rows = run(
        "fct_budgets_daily",
        fct_budgets=f"select {key}, {budget}::decimal(38, 9) as budget_cost, 'USD' as currency, "
        "'effective_cost' as cost_metric, 'same' as currency_state",
        fct_budget_day_weights=f"select {key}, cast(date '2026-01-01' + n as date) as calendar_date, weight, "
        f"'seasonal' as phasing_used from (values {days}) as days (n, weight)",
    )
    daily = [row["budget_cost"] for row in rows if row["budget_version"] == "original"]
    assert len(daily) == len(weights)
    assert sum(daily) == budget
    assert min(daily) >= 0
    assert sum(row["budget_cost"] for row in rows if row["budget_version"] == "in_force") == budget


@SETTINGS
@given(
    costs=st.tuples(MONEY, MONEY),
    volumes=st.tuples(*[st.decimals(min_value=NANO, max_value=10**7, places=9)] * 2),
)
def test_volume_and_efficiency_are_the_change_to_the_last_digit(
    run: Run, costs: tuple[Decimal, Decimal], volumes: tuple[Decimal, Decimal]
) -> None:
    volumes = (max(volumes[0], Decimal("0.01")), volumes[1])
    months = [date(2026, 1, 1), date(2026, 2, 1)]
    measured = " union all ".join(
        f"select date '{month}' as metric_month, {volume}::decimal(38, 9) as metric_value"
        for month, volume in zip(months, volumes, strict=True)
    )
    spent = " union all ".join(
        f"select date '{month}' as posted_month, {cost}::decimal(38, 9) as effective_cost"
        for month, cost in zip(months, costs, strict=True)
    )
    rows = run(
        "fct_unit_economics_monthly",
        fct_metrics_monthly="select 'orders' as metric_id, 'Orders' as metric_name, 'orders' as metric_unit, "
        "'company' as scope_type, 'all' as scope_id, null::varchar as metric_currency, metric_month, metric_value, "
        f"null::decimal(38, 9) as target_value, 'known' as metric_state from ({measured})",
        fct_metric_scopes="select 'orders' as metric_id, 'company' as metric_scope_type, 'all' as metric_scope_id, "
        "'company' as scope_type, 'all' as scope_id",
        fct_scope_costs_daily=f"select 'company' as scope_type, 'all' as scope_id, 'USD' as currency, * from ({spent})",
        int_exchange_rates_monthly="select '' as from_currency, '' as to_currency, date '2026-01-01' as rate_month, "
        "1::decimal(38, 12) as exchange_rate",
    )
    later = next(row for row in rows if row["metric_month"] == months[1])
    assert later["change_cost"] == costs[1] - costs[0]
    assert later["volume_cost"] + later["efficiency_cost"] == later["change_cost"]
    exact = costs[0] * (volumes[1] - volumes[0]) / volumes[0]
    assert abs(later["volume_cost"] - exact) <= costs[0] * Decimal("1e-11") + abs(exact) * Decimal("1e-11") + NANO


@pytest.mark.parametrize("working", [True, False])
def test_working_days_carry_the_whole_budget(run: Run, working: bool) -> None:
    days = [date(2026, 2, 1) + timedelta(days=number) for number in range(28)]
    values = ", ".join(f"(date '{day}', {day.isoweekday()}, {day.isoweekday() <= 5})" for day in days)
    phasing = "working_days" if working else "even"
    rows = run(
        "fct_budget_day_weights",
        fct_budgets="select 'original' as budget_version, 'team' as scope_type, 'web' as scope_id, 'USD' as "
        "delivered_currency, date '2026-02-01' as budget_start_date, date '2026-03-01' as budget_end_date, "
        f"'{phasing}' as phasing",
        dim_fiscal_calendar=f"select * from (values {values}) as days (calendar_date, weekday, is_working_day)",
        fct_budget_seasons="select '' as scope_type, '' as scope_id, date '2026-01-01' as budget_start_date, "
        "1 as weekday, 1 as month_number, 1::decimal(38, 9) as weight where false",
    )
    assert sum(row["weight"] for row in rows) == (20 if working else 28)
