"""Facts of the business through the whole job: published when good, put aside when bad, and reported."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.formats.facts import FACTS

from .test_job import materialized

if TYPE_CHECKING:
    import dagster as dg
    import pytest

    from .company import Company

BUDGETS = "select scope_id, budget_cost from budgets"
ORDERS = (
    "select value, known_end is null from totals_as_published where relation_name = 'unit_economics_monthly' "
    "and item = 'orders/company/all' order by known_start"
)


def metric(company: Company, value: str) -> None:
    """Deliver the orders of a month, anew if they were there."""
    given = {"metric_id": "orders", "metric_unit": "orders", "scope_type": "company", "scope_id": "all"}
    given |= {"period_grain": "month", "period_start": "2026-08-01", "metric_value": value}
    header = FACTS["business_metrics"].header
    row = ",".join(given.get(name, "") for name in header.split(","))
    (company.root / "shop.csv").write_text(f"{header}\n{row}\n")


def front_door(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    """Find what the front door said of the budgets."""
    found = result.get_asset_check_evaluations()
    return next(item for item in found if item.asset_key.to_user_string() == "landing/plan")


def test_facts_are_published_and_a_bad_delivery_leaves_the_last_good_one(
    company: Company, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert company.published(BUDGETS) == [], "every fact is published, also where nobody delivers it"
    sources = company.root / "sources.yml"
    sources.write_text(
        f"{sources.read_text()}  - {{name: plan, format: budgets, uri: plan.csv}}\n"
        "  - {name: shop, format: business_metrics, uri: shop.csv}\n"
    )
    metric(company, "1000")
    plan, header = company.root / "plan.csv", FACTS["budgets"].header
    plan.write_text(f"{header},colour\noriginal,team,search,2026-08,USD,100,,,,,,,blue\n")

    result = company.run(instance, months=["2026-09"])
    assert result.success, company.report()["error"]
    assert company.published(BUDGETS) == [("search", Decimal(100))]
    assert ("landing/plan", None) in materialized(result), "a fact has no billing month"
    assert front_door(result).passed
    assert company.published("select billing_month, state from load_ledger where source_name = 'plan'") == [
        (None, "current")
    ]
    assert any("colour" in text for text in company.report()["warnings"])
    capsys.readouterr()

    plan.write_text(f"{header}\noriginal,team,search,2026-08,USD,a lot,,,,,,\n")
    metric(company, "1250")
    result = company.run(instance)
    assert result.success, company.report()["error"]
    assert company.published(BUDGETS) == [("search", Decimal(100))]
    assert not front_door(result).passed
    said = [text for text in capsys.readouterr().err.splitlines() if text.startswith("Source plan: ")]
    assert len(said) == 1
    assert "in file 'plan.csv', line 2, column 'budget_cost', the value 'a lot' is not a number" in said[0]
    assert [period["state"] for period in company.report()["periods"] if period["source_name"] == "plan"] == [
        "current",
        "rejected",
    ]
    # what a metric was before it was restated stays known
    assert company.published(ORDERS) == [(Decimal(1000), False), (Decimal(1250), True)]
    unit_cost = "select metric_value from unit_economics_monthly where metric_id = 'orders' and scope_type = 'company'"
    assert company.published(f"{unit_cost} and metric_month = date '2026-08-01'") == [(Decimal(1250),)]
