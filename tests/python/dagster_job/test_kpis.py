"""KPIs over publications: a scorecard on day one, history by definition, baselines that nobody changes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from orchestration.baselines import Wish, create_baselines, freeze, load_baselines, main
from orchestration.errors import FinopsError

from .company import Company
from .conftest import Lived
from .second_day import COST, baselines


def test_a_company_on_day_one_gets_a_useful_scorecard(first_run: Lived) -> None:
    """One source, no rules, no facts of the business: everything says what it lacks and what to do first."""
    company = first_run.company
    rows = company.published(
        "select capability, maturity_level, evidence_state, next_step, stake_cost from maturity_scorecard "
        "where scope_type = 'company'"
    )
    found = {row[0]: row[1:] for row in rows}
    assert found["Overall"][0] == "crawl"
    # nobody owns anything yet, all of September's cost is at stake, and the first step is to say who does
    assert found["Allocation"][0] == "crawl"
    assert found["Allocation"][3] > 0
    assert found["Workload Optimization"][:2] == ("crawl", "not_measured")
    assert found["Workload Optimization"][2].startswith("Deliver the recommendations of the providers")
    assert all(level in {"crawl", "walk", "run", "not_applicable"} for level, *_ in found.values())
    assert all(step for level, _, step, _ in found.values() if level in {"crawl", "walk"})


def test_every_kpi_of_the_library_is_listed_with_what_became_of_it(first_run: Lived) -> None:
    company = first_run.company
    assert company.published("select count(distinct library_number) from kpi_catalog") == [(88,)]
    states = dict(company.published("select kpi_state, count(*) from kpi_catalog group by all"))
    assert set(states) <= {"computed", "no_input", "undefined", "waits"}
    assert states["computed"] >= 20
    assert company.published("select * from kpi_catalog where kpi_state <> 'computed' and state_reason is null") == []
    # no recommendation was delivered, which is not the same as nothing to save
    assert company.published(
        "select status, value, scope_type, status_reason from kpi_values where kpi_id = 'optimization_index'"
    ) == [("no_input", None, "company", "not delivered or not known: recommendations")]
    assert company.published("select * from kpi_values where (value is null) <> (status_reason is not null)") == []


def test_history_and_baselines_follow_a_kpi(
    first_run: Lived, second_run: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    company = second_run.company
    (file,) = baselines(company).iterdir()
    (frozen,) = json.loads(file.read_text())["baselines"]
    assert (Decimal(frozen["numerator"]), frozen["currency"]) == (Decimal("16.25"), "USD")
    with pytest.raises(FinopsError, match=r"was frozen already, at .* by Ada \(before we tidy up\).*never changed"):
        freeze(company.settings, COST)
    assert company.published(
        "select period_start, baseline_value, value, improvement_value, is_comparable from kpi_baselines order by all"
    ) == [
        (date(2026, 8, 1), Decimal("16.25"), Decimal("16.25"), Decimal(0), True),
        (date(2026, 9, 1), Decimal("16.25"), Decimal(7), None, True),  # that month is not over
    ]
    assert file.read_bytes() == (company.root / "frozen" / file.name).read_bytes(), "as it was before the run"
    assert company.published(
        "select vintage_id, value, known_end is null from kpi_history where kpi_id = 'cost' and variant = 'effective' "
        "and scope_type = 'company' and period_start = '2026-09-01' order by vintage_id"
    ) == [(first_run.published, Decimal("16.25"), False), (second_run.published, Decimal(7), True)]
    assert len(list((company.settings.state_dir / "kpi_history").iterdir())) == 2
    os.environ.update(company.environ)
    # what it cannot freeze, it says
    assert main(["cots/effective", "company", "2026-08", "--by", "Ada", "--why", "x"]) == 1
    assert "there is no KPI 'cots'; the nearest known ones are: cost" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"variant": "efective"}, "has no variant 'efective'; it has: billed, contracted, effective, "),
        ({"month": date(2026, 5, 1)}, "There is nothing to freeze: cost/effective of company all in 2026-05"),
        ({"method": "average_3_months"}, "not all of its 3 months have one"),
        ({"scope_type": "galaxy"}, "'galaxy/all' is no scope; write company, or a type and its id"),
        ({"metric_id": "orders"}, "the business metric 'orders' of that scope, or of the company .* has no positive"),
        ({"by": " "}, "kept for ever with who approved it and why"),
    ],
)
def test_what_cannot_be_frozen_is_said(first_run: Lived, changes: dict[str, str], words: str) -> None:
    wish = Wish(**{**COST.__dict__, **changes})
    with pytest.raises(FinopsError, match=words):
        freeze(first_run.company.settings, wish)


@pytest.mark.parametrize(
    ("kpi_id", "variant", "currency"), [("cost", "billed", "USD"), ("reconciled_share", "charges", None)]
)
def test_a_baseline_keeps_the_volume_of_its_month(
    older_company: Company, kpi_id: str, variant: str, currency: str | None
) -> None:
    (row,) = freeze(older_company.settings, replace(COST, kpi_id=kpi_id, variant=variant, metric_id="orders"))
    assert (row["currency"], row["metric_value"]) == (currency, Decimal(1000))


def test_a_scope_without_the_metric_is_held_against_the_companys(older_company: Company) -> None:
    wish = replace(COST, scope_type="provider", scope_id="Cloudly", metric_id="orders")
    (row,) = freeze(older_company.settings, wish)
    assert (row["metric_scope_type"], row["metric_scope_id"], row["metric_value"]) == ("company", "all", Decimal(1000))
    with pytest.raises(FinopsError, match=r"'sales' of that scope, or of the company .*; those that have one: orders"):
        freeze(older_company.settings, replace(wish, metric_id="sales", variant="billed"))


def test_a_baseline_of_before_was_held_against_its_own_scope(company: Company) -> None:
    freeze(company.settings, replace(COST, metric_id=None))
    (file,) = baselines(company).iterdir()
    content = json.loads(file.read_text())
    for row in content["baselines"]:
        del row["metric_scope_type"], row["metric_scope_id"]
    file.write_text(json.dumps(content))
    (row,) = load_baselines(company.settings)
    assert (row["metric_scope_type"], row["metric_scope_id"]) == ("company", "all")


def test_a_damaged_baseline_is_told(company: Company) -> None:
    freeze(company.settings, COST)
    (file,) = baselines(company).iterdir()
    file.write_text("{}")
    with duckdb.connect() as con, pytest.raises(FinopsError, match=r"The baseline .* cannot be read.*backup"):
        create_baselines(con, "main", company.settings)
