"""Savings: what is not saved any more is what resources cost more than at first, whatever they cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Run

MODELS = Path(__file__).resolve().parents[3] / "models"
NANO = Decimal("0.000000001")
COST = st.decimals(min_value=0, max_value=10**5, places=2)
RESOURCE = st.tuples(st.sampled_from("AB"), st.sampled_from(["web", "data"]), st.booleans(), COST, COST, COST)


def nothing(model: str) -> str:
    """Return a query without rows that has the columns of a model."""
    contract = yaml.safe_load(next(MODELS.rglob(f"{model}.yml")).read_text(encoding="utf-8"))
    columns = (f"null::{column['data_type']} as {column['name']}" for column in contract["models"][0]["columns"])
    return f"select {', '.join(columns)} where false"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resources=st.lists(RESOURCE, min_size=1, max_size=6))
def test_what_is_not_saved_any_more_is_what_costs_more_than_at_first(
    run: Run, resources: list[tuple[str, str, bool, Decimal, Decimal, Decimal]]
) -> None:
    """Costs of January, before, of March, the first whole month since, and of April; some have two advisers."""
    named = [(f"r{number}", *resource) for number, resource in enumerate(resources)]
    costs = [
        f"('{provider}', '{name}', date '2026-0{month}-01', 'USD', {cost}::decimal(38, 9))"
        for name, provider, _, _, *monthly in named
        for month, cost in zip((1, 3, 4), monthly, strict=True)
    ]
    advice = [
        f"('{provider}', '{name}-{times}', 's', '{name}', '{team}', date '2026-02-11', 'verified')"
        for name, provider, team, is_told_twice, *_ in named
        for times in range(1 + is_told_twice)
    ]
    clock = "select date '2026-05-01' as open_month"
    saved = run(
        "fct_resource_savings_monthly",
        fct_resources_monthly=f"from (values {', '.join(costs)}) as costs (service_provider_name, resource_id, "
        "posted_month, billing_currency, effective_cost)",
        int_recommendations=f"from (values {', '.join(advice)}) as advice (service_provider_name, recommendation_id, "
        "service_name, resource_id, owner, implemented_date, recommendation_status)",
        fct_cost_amortized_monthly="select unnest([date '2026-03-01', date '2026-04-01', date '2026-05-01']) as "
        "posted_month",
        dim_cost_clock=clock,
    )
    rows = [f"({', '.join(_literal(value) for value in row.values())})" for row in saved]
    measured = run(
        "kpi_optimization",
        fct_resource_savings_monthly=f"from (values {', '.join(rows)}) as saved ({', '.join(saved[0])})"
        if rows
        else nothing("fct_resource_savings_monthly"),
        kpi_optimization_inputs=nothing("kpi_optimization_inputs"),
        fct_optimization_work_monthly=nothing("fct_optimization_work_monthly"),
        fct_recommendations_monthly=nothing("fct_recommendations_monthly"),
        fct_reporting_rates_monthly="select '' as billing_currency, date '2026-01-01' as charge_month, "
        "'' as reporting_currency, 1::decimal(38, 12) as exchange_rate where false",
        dim_cost_clock=clock,
    )
    decay = [row for row in measured if row["kpi_id"] == "savings_decay"]
    assert {row["period_start"] for row in decay} <= {date(2026, 4, 1)}, "the first month is what others are held to"

    once = [(before / 31, first / 31, now / 30) for *_, twice, before, first, now in named if not twice]
    saving = [costs for costs in once if costs[0] > costs[1]]
    expected = sum(now - first for _, first, now in saving), sum(before - first for before, first, _ in saving)
    for scope_type in ("company", "provider", "service", "team"):
        parts = [row for row in decay if row["scope_type"] == scope_type]
        found = sum(row["numerator"] for row in parts), sum(row["denominator"] for row in parts)
        assert bool(parts) == bool(saving)
        assert all(abs(a - b) <= 4 * NANO * len(named) for a, b in zip(found, expected, strict=True)), scope_type


def _literal(value: object) -> str:
    return f"{value}::decimal(38, 9)" if isinstance(value, Decimal) else f"{'date ' * isinstance(value, date)}'{value}'"
