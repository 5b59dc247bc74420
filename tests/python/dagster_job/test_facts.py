"""Facts of the business through the whole job: published when good, put aside when bad, and reported."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .company import Told
from .second_day import BUDGET_HEADER, metric

if TYPE_CHECKING:
    import dagster as dg
    import pytest

    from .company import Company
    from .conftest import Lived

BUDGETS = "select scope_id, budget_cost from budgets"
ORDERS = (
    "select value, known_end is null from totals_as_published where relation_name = 'unit_economics_monthly' "
    "and item = 'orders/company/all' order by known_start"
)


def test_facts_are_published(first_run: Lived, second_run: Lived) -> None:
    assert first_run.company.published(BUDGETS) == [], "every fact is published, also where nobody delivers it"
    company, told = second_run.company, second_run.told
    assert company.published(BUDGETS) == [("search", Decimal(100))]
    assert ("landing/plan", None) in told.materialized, "a fact has no billing month"
    assert told.checks["landing/plan", "front_door"]
    assert company.published("select billing_month, state from load_ledger where source_name = 'plan'") == [
        (None, "current")
    ]
    assert any("colour" in text for text in company.report()["warnings"])


def test_a_bad_delivery_leaves_the_last_good_one_and_an_acknowledged_alert_rebuilds_no_month(
    older_company: Company, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    company = older_company
    (company.root / "plan.csv").write_text(f"{BUDGET_HEADER}\noriginal,team,search,2026-08,USD,a lot,,,,,,\n")
    metric(company, "1250")
    acknowledged = "alert_id,acknowledged_by,note,valid_from,valid_to\nfreshness:source:saas,Ada,,,\n"
    (company.settings.rules_dir / "alert_acknowledgements.csv").write_text(acknowledged)
    result = company.run(instance)
    assert result.success, company.report()["error"]
    assert company.report()["reason"] == "The ledger, or a rule on alerts, has news."
    assert company.published("select alert_state, acknowledged_by from alerts where alert_kind = 'freshness'") == [
        ("acknowledged", "Ada")
    ]
    assert company.published(BUDGETS) == [("search", Decimal(100))]
    assert not Told.by(result).checks["landing/plan", "front_door"]
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
