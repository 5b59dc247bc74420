"""What a run leaves for machines and for people."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration import report
from orchestration.doors.checks import CheckResult
from orchestration.settings import Settings
from orchestration.summary import laid_out, print_summary

from . import fake_build
from .conftest import PROJECT, published

BAD = CheckResult("cost_share", "Shares lie between 0 and 1", "kpi_values", "warning", False, 2, "3.5 USD")


@pytest.mark.usefixtures("build_db")
def test_the_report_has_costs_in_and_out(settings: Settings) -> None:
    stamp = published(settings)
    periods = report.periods_of(settings.published_link / "finops.duckdb")
    run = report.RunReport("r1", "published", publication_id=stamp, periods=periods, checks=[BAD], tests_passed=7)
    content = json.loads(report.write_report(settings, run).read_text(encoding="utf-8"))
    first = content["periods"][0]
    assert (first["source_name"], first["billing_month"]) == ("aws_payer", "2026-08")
    assert first["cost_in"] == {"USD": "215.0000002101"}
    assert first["cost_out"] == {"USD": "215.00000021"}
    assert first["residue"] == {"USD": "0.0000000001"}
    assert content["checks"]["total"] == 8
    assert (content["checks"]["passed"], content["checks"]["warned"], content["checks"]["failed"]) == (7, 1, 0)


def test_budgets_that_cannot_be_right_are_named_and_the_many_counted(settings: Settings, build_db: Path) -> None:
    alert = "'warning', {state}, 'team', {scope}, 'Ada', 'Budgets exceed that of ' || {scope}, 'Too much.', 'q', {cost}"
    rows = [
        alert.format(state=f"'{state}'", scope=f"'team {number}'", cost=cost)
        for number, (state, cost) in enumerate(
            [("firing", 30), ("resolved", 99), ("firing", 70), ("acknowledged", 90), ("firing", "null"), ("firing", 50)]
        )
    ]
    fake_build.freeze(
        build_db,
        "alerts",
        *(f"insert into built.alerts values ('c{n}', 'budget_check', {row})" for n, row in enumerate(rows)),
    )
    published(settings)
    assert report.wrong_budgets(settings.published_link / "finops.duckdb") == [
        "Budgets exceed that of team 2. Too much.",
        "Budgets exceed that of team 5. Too much.",
        "Budgets exceed that of team 0. Too much.",
        "1 more alert about budgets; see alerts.",
    ]


def test_a_failed_run_without_publication_still_reports(settings: Settings) -> None:
    run = report.RunReport("r1", "failed", error="No usable delivery.", checks=[replace(BAD, severity="critical")])
    assert json.loads(report.write_report(settings, run).read_text(encoding="utf-8"))["status"] == "failed"
    out = io.StringIO()
    print_summary(settings, run, out)
    assert "nothing was published" in out.getvalue()
    assert "No usable delivery." in out.getvalue()
    assert "1 failed" in out.getvalue()


def test_a_currency_is_not_cut_in_the_table() -> None:
    usual, virtual = (
        laid_out([["Billed cost", "", "2026-10"], ["Vendor", unit, "1.00"]]) for unit in ("USD", "Credits")
    )
    assert [line.split() for line in virtual[2:]] == [["Vendor", "Credits", "1.00"]]
    assert [len(line) for line in virtual] == [len(line) for line in usual]


@pytest.mark.usefixtures("build_db")
def test_the_table_for_a_person(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    published(settings)
    monkeypatch.chdir(settings.home)
    late = report.PeriodReport("saas", "2026-11", state="rejected", message="The file x.csv.gz is cut off.")
    run = report.RunReport("r1", "published", reason="All new.", periods=[late], checks=[BAD], tests_passed=7)
    out = io.StringIO()
    print_summary(settings, run, out)
    text = out.getvalue()
    for words in ("AWS", "EUR", "215.00", "2026-10", "Share with an owner", "47.7 %", "7 of 8 checks passed"):
        assert words in text
    assert "The file x.csv.gz is cut off." in text
    assert "1 alert to look at (1 warning); see alerts" in text
    assert "Rules      none" not in text
    assert "published/finops.duckdb" in text
    print_summary(replace(settings, rules_dir=settings.project_dir / "seeds" / "rules"), run, out)
    assert "Rules      none, so nothing has an owner" in out.getvalue()
    assert all(len(line) <= 100 for line in text.splitlines() if str(PROJECT) not in line), text
