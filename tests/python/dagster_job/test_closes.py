"""A month is closed, deliveries keep coming, it is reopened: what readers see at each step, down to the line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration import closing
from orchestration.closing import main
from orchestration.landing import land
from orchestration.landing.ledger import load_ledger
from orchestration.lock import run_lock
from orchestration.rebuild import make_plan

from .company import Company, line
from .conftest import Lived, live

AUGUST, SEPTEMBER, OCTOBER = "2026-08", "2026-09", "2026-10"
NOVEMBER = datetime.fromisoformat("2026-11-30")
WHO = ["--by", "Ada", "--why", "books are due"]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in November: the months of the company are over."""
    monkeypatch.setattr(closing, "made_up_moment", lambda _: NOVEMBER)


def command(company: Company, name: str, *arguments: str) -> int:
    os.environ.update(company.environ)
    return main(name, arguments)


def totals(company: Company, relation: str = "cost_daily", columns: str = "billing_month, posted_month") -> Any:  # noqa: ANN401
    rows = company.published(
        f"select {columns}, sum(billed_cost), sum(effective_cost) from {relation} group by all order by all"
    )
    assert all(row[-1] == row[-2] for row in rows)
    return {tuple(str(value)[:7] for value in row[:-2]): row[-1] for row in rows}


def lines(company: Company) -> dict[tuple[str, ...], Decimal]:
    rows = company.published(
        "select x_billing_month, x_posted_month, x_row_origin, sum(BilledCost) from focus_cost_and_usage "
        "group by all order by all"
    )
    return {(str(row[0])[:7], str(row[1])[:7], row[2]): row[3] for row in rows}


@pytest.fixture(scope="module")
def august_closed(first_run: Lived, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """August is closed at 16.25 (1.25 to 5.25); a delivery without its first day, and a dearer second, comes later."""

    def day(company: Company, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(closing, "made_up_moment", lambda _: NOVEMBER)
            assert command(company, "close", AUGUST, *WHO) == 0
        late = [line(AUGUST, day, f"{day}.25") for day in (3, 4, 5)] + [line(AUGUST, 2, "3")]
        company.deliver(AUGUST, late)
        return company.run(instance)

    return live(tmp_path_factory, "closed", day, first_run)


@pytest.fixture
def closed(august_closed: Lived, tmp_path: Path) -> Iterator[Company]:
    """Give the company after that to a test that changes it."""
    with august_closed.copy(tmp_path) as company:
        yield company


def test_a_closed_month_stands_and_the_difference_is_posted_in_the_open_one(
    closed: Company, first_run: Lived, instance: dg.DagsterInstance
) -> None:
    company, before = closed, first_run.published
    assert company.publication > before
    (told,) = [text for text in company.report()["warnings"] if "was closed" in text]
    assert told.startswith("saas 2026-08: a delivery came after the month was closed (")
    assert told.endswith(" by Ada); it enters as -0.50 USD in the books of 2026-09. The closed month stands.")
    assert totals(company) == {
        (AUGUST, AUGUST): Decimal("16.25"),
        (AUGUST, SEPTEMBER): Decimal("-0.5"),
        (SEPTEMBER, SEPTEMBER): Decimal("16.25"),
    }
    # the same in every mart, by month of the books and month of use
    monthly = {
        (AUGUST, AUGUST): Decimal("16.25"),
        (SEPTEMBER, AUGUST): Decimal("-0.5"),
        (SEPTEMBER, SEPTEMBER): Decimal("16.25"),
    }
    for relation in ("cost_amortized_monthly", "showback_monthly"):
        assert totals(company, relation, "posted_month, charge_month") == monthly
    # at line level the closed lines stand; what changed is one correction per day
    assert lines(company) == {
        (AUGUST, AUGUST, "delivered"): Decimal("16.25"),
        (AUGUST, SEPTEMBER, "late_difference"): Decimal("-0.5"),
        (SEPTEMBER, SEPTEMBER, "delivered"): Decimal("16.25"),
    }
    assert company.published(
        "select ChargeClass, ResourceId, cast(ChargePeriodStart as date)::varchar, BilledCost, Tags "
        "from focus_cost_and_usage where x_row_origin = 'late_difference' order by ResourceId"
    ) == [
        ("Correction", "vm-1", "2026-08-01", Decimal("-1.25"), '{"team":"search"}'),
        ("Correction", "vm-2", "2026-08-02", Decimal("0.75"), '{"team":"search"}'),
    ]
    # the way from delivery to publication ties, for what is booked and for what came late
    assert company.published(
        "select delivered_cost, raw_cost, daily_cost, booked_cost, late_difference_cost, published_cost, "
        "delivered_rows, line_level_rows, is_reconciled from reconciliation where billing_month = '2026-08-01'"
    ) == [(*map(Decimal, ("15.75", "15.75", "15.75", "16.25", "-0.5", "15.75")), 4, 7, True)]
    assert company.published(
        "select source_name, billing_month::varchar, state, closed_by, close_reason, reopened_at, "
        "closed_publication_id from period_closes"
    ) == [("saas", "2026-08-01", "closed", "Ada", "books are due", None, before)]
    # nothing new, nothing done
    stands = company.publication
    assert company.run(instance).success
    assert company.publication == stands
    assert company.report()["warnings"] == [], "told once"


def test_differences_stay_where_they_were_posted_when_the_next_month_is_closed(
    closed: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = closed
    monkeypatch.setattr(Company, "environ", {**company.environ, "FINOPS_RAW_KEEP_DAYS": "0"})
    assert command(company, "close", SEPTEMBER, *WHO) == 0
    for cost in ("1", "3"):
        company.deliver(AUGUST, [line(AUGUST, day, cost) for day in range(1, 6)])
        assert land(company.settings).new
    company.deliver(AUGUST, [line(AUGUST, day, "2") for day in range(1, 6)])
    assert company.run(instance).success
    # what is pinned by August's close, or as posted by September's, is never pruned; the last two are not either
    history = load_ledger(company.settings).history()["saas", date(2026, 8, 1)]
    kept = [(company.settings.raw_dir / delivery.raw_folder).is_dir() for delivery in history]
    assert kept == [True, True, False, True, True]
    # what each delivery changed is told for ever, also of those that are gone from raw; the first changed nothing
    assert company.published(
        "select sequence, restated_cost from restatements where billing_month = '2026-08-01' order by sequence"
    ) == [(2, Decimal("-0.5")), (3, Decimal("-10.75")), (4, Decimal(10)), (5, Decimal(-5))]
    expected = {
        (AUGUST, AUGUST): Decimal("16.25"),
        (AUGUST, SEPTEMBER): Decimal("-0.5"),
        (AUGUST, OCTOBER): Decimal("-5.75"),
        (SEPTEMBER, SEPTEMBER): Decimal("16.25"),
    }
    assert totals(company) == expected
    # reopened, the newest delivery counts again in its own month; September is closed and keeps what it has
    assert command(company, "reopen", AUGUST, "--by", "Bob", "--why", "an error of ours") == 0
    assert company.run(instance).success
    assert totals(company) == {
        (AUGUST, AUGUST): Decimal("10.5"),
        (AUGUST, SEPTEMBER): Decimal("-0.5"),
        (SEPTEMBER, SEPTEMBER): Decimal("16.25"),
    }
    assert company.published("select state, reopened_by, reopen_reason from period_closes order by billing_month") == [
        ("reopened", "Bob", "an error of ours"),
        ("closed", None, None),
    ]
    # a build of everything from the state folder and raw alone says the same
    shutil.rmtree(company.settings.build_dir)
    company.deliver(SEPTEMBER, [line(SEPTEMBER, 1, "1")])
    assert company.run(instance).success
    assert totals(company) == {
        (AUGUST, AUGUST): Decimal("10.5"),
        (AUGUST, SEPTEMBER): Decimal("-0.5"),
        (SEPTEMBER, SEPTEMBER): Decimal("16.25"),
        (SEPTEMBER, OCTOBER): Decimal("-15.25"),
    }


def test_what_corrections_do_is_built_anew_when_it_is_changed(
    older_company: Company, instance: dg.DagsterInstance
) -> None:
    company, settings = older_company, older_company.settings
    settings.sources_file.write_text(
        settings.sources_file.read_text().replace("uri: exports}", "uri: exports, corrections: delta}")
    )
    assert not make_plan(settings, load_ledger(settings)).needed, "what counted until then, and no delivery before it"
    company.deliver(SEPTEMBER, [line(SEPTEMBER, 2, "-3")])
    assert company.run(instance).success
    assert totals(company)[SEPTEMBER, SEPTEMBER] == 4, "now deliveries add up"


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("close", [OCTOBER, *WHO], "nothing to close"),
        ("close", [AUGUST, *WHO, "--source", "sass"], "no source 'sass'"),
        ("close", ["2026-13", *WHO], "not a month"),
        ("close", ["2026-11", *WHO], "2026-11 is not over yet"),
        ("close", ["2027-02", *WHO, "--source", "saas"], "2027-02 is not over yet"),
        ("close", [AUGUST, "--by", "Ada", "--why", " "], "--why"),
        ("reopen", [AUGUST, *WHO], "not closed"),
        ("reopen", [AUGUST, *WHO, "--source", "saas"], "2026-08 of saas is not closed"),
        ("reopen", [AUGUST, *WHO, "--source", "sass"], "no source 'sass'"),
        ("reopen", [AUGUST, "--by", "", "--why", "late"], "--by"),
    ],
)
def test_what_cannot_be_closed_is_told(
    company: Company, name: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(company, name, *arguments) == 1
    assert told in capsys.readouterr().err
    assert not (company.settings.state_dir / "closes").exists()


def test_a_month_is_closed_once(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(company, "close", AUGUST, *WHO, "--source", "saas") == 0
    assert command(company, "close", AUGUST, *WHO, "--source", "saas") == 1
    assert "closed already" in capsys.readouterr().err
    facts = [path for path in (company.settings.state_dir / "closes").rglob("*.json") if path.is_file()]
    assert [path.parent.relative_to(company.settings.state_dir) for path in facts] == [Path("closes/saas/2026-08-01")]


def test_a_month_that_was_reopened_is_not_reopened_again(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert [command(company, name, AUGUST, *WHO) for name in ("close", "reopen", "reopen")] == [0, 0, 1]
    assert "2026-08 of any source is not closed" in capsys.readouterr().err


def test_nothing_is_closed_before_anything_is_published(fresh: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(fresh, "close", AUGUST, *WHO) == 1
    assert "Nothing has been published" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["close", "reopen"])
def test_a_month_is_not_closed_while_a_run_works(
    company: Company, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(closing, "run_lock", lambda settings: run_lock(settings, 0))
    with run_lock(company.settings):
        assert command(company, name, AUGUST, *WHO) == 1
    assert "only one run may at a time" in capsys.readouterr().err
    assert not (company.settings.state_dir / "closes").exists()


def test_a_close_that_was_killed_half_way_is_no_close_and_is_finished_by_the_next(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)  # the last step of writing a fact
        with pytest.raises(KeyboardInterrupt):
            command(company, "close", AUGUST, *WHO)
    assert load_ledger(company.settings).closes == []
    assert command(company, "close", AUGUST, *WHO) == 0
    assert [close.delivery_id is not None for close in load_ledger(company.settings).closes] == [True]


def test_what_was_decided_for_a_closed_month_stands(company: Company, instance: dg.DagsterInstance) -> None:
    """Rules and exchange rates."""
    rules, sources, rates = company.settings.rules_dir, company.settings.sources_file, company.root / "rates.csv"
    reporting = "reporting_currency,rate_basis,max_rate_age_days,valid_from,valid_to\nEUR,charge_date,90,,\n"
    (rules / "reporting_currency.csv").write_text(reporting)
    sources.write_text(f"{sources.read_text()}  - {{name: ecb, format: exchange_rates, uri: rates.csv}}\n")
    rates.write_text("rate_date,from_currency,to_currency,rate\n2026-08-01,USD,EUR,0.8\n")
    assert company.run(instance).success
    shown = (
        "select posted_month::varchar, team, sum(billed_cost), sum(reporting_billed_cost) from cost_daily "
        "group by all order by all"
    )
    assert company.published(shown) == [
        ("2026-08-01", "Unallocated", Decimal("16.25"), Decimal(13)),
        ("2026-09-01", "Unallocated", Decimal("16.25"), Decimal(13)),
    ]
    assert command(company, "close", AUGUST, *WHO) == 0
    before, header = company.publication, "dimension,tag_key,priority,valid_from,valid_to"
    # a rule that reaches into the closed month is refused
    keys = rules / "tag_keys.csv"
    keys.write_text(f"{header}\nteam,team,1,,\n")
    assert not company.run(instance).success
    assert company.publication == before
    told = company.report()["error"]
    assert "tag_keys.csv', line 2 (dimension team, priority 1, tag_key team): it holds in 2026-08" in told
    assert "valid_from of 2026-09-01 or later" in told
    # for the open months alone it is taken, and owners in the closed one stand; so do its rates
    keys.write_text(f"{header}\nteam,team,1,2026-09-01,\n")
    rates.write_text("rate_date,from_currency,to_currency,rate\n2026-08-01,USD,EUR,0.4\n")
    assert company.run(instance).success
    assert company.published(shown) == [
        ("2026-08-01", "Unallocated", Decimal("16.25"), Decimal(13)),
        ("2026-09-01", "search", Decimal("16.25"), Decimal("6.5")),
    ]
    assert company.published(
        "select distinct billing_month::varchar, exchange_rate from reporting_rates order by all"
    ) == [("2026-08-01", Decimal("0.8")), ("2026-09-01", Decimal("0.4"))]
    told = {check["name"] for check in company.report()["checks"]["not_passed"]}
    assert not told & {"closed_details_stand", "closed_months_stand"}
    # reopened, the month may change
    assert command(company, "reopen", AUGUST, *WHO) == 0
    keys.write_text(f"{header}\nteam,team,1,,\n")
    assert company.run(instance).success
    assert company.published(shown) == [
        ("2026-08-01", "search", Decimal("16.25"), Decimal("6.5")),
        ("2026-09-01", "search", Decimal("16.25"), Decimal("6.5")),
    ]
