"""The job from end to end: what it reports, what it builds, and what it does when something is wrong."""

from __future__ import annotations

from decimal import Decimal

import dagster as dg
import pytest

from orchestration import build, pipeline
from orchestration.doors import back
from orchestration.doors.checks import AuditResult, CheckResult
from orchestration.lock import run_lock

from .company import MONTHS, Company, Told, line
from .conftest import Lived

COST = "select sum(billed_cost) from cost_daily"


def test_the_first_run_publishes_everything(first_run: Lived) -> None:
    report = first_run.company.report()
    assert report["status"] == "published"
    assert float(first_run.company.published(COST)[0][0]) == 2 * (15 + 5 * 0.25)
    assert {period["billing_month"] for period in report["periods"]} == set(MONTHS)
    assert all(period["cost_in"] == period["cost_out"] for period in report["periods"])


def test_each_asset_is_materialized_once_per_month(first_run: Lived) -> None:
    found = first_run.told.materialized
    for asset in ("landing/saas", "intermediate/int_charges_daily", "published/cost_daily"):
        assert {(asset, month) for month in MONTHS} <= set(found)
    assert ("publication", None) in found
    assert len(found) == len(set(found))


def test_tests_and_doors_are_reported_as_checks(first_run: Lived) -> None:
    checks = first_run.told.checks
    assert checks["landing/saas", "front_door"]
    assert checks["publication", "last_hop"]
    assert ("publication", "back_door") in checks
    assert sum(asset.startswith(("marts", "intermediate", "ops")) for asset, _ in checks) > 10


def test_nothing_new_builds_nothing(
    company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = company.publication
    monkeypatch.setattr(build, "run_dbt", lambda *_, **__: pytest.fail("dbt ran"))
    result = company.run(instance)
    assert result.success
    assert company.report()["status"] == "unchanged"
    assert company.publication == before
    assert not Told.by(result).materialized


def test_a_refreshed_month_is_rebuilt_alone(second_run: Lived) -> None:
    built = {month for asset, month in second_run.told.materialized if asset == "intermediate/int_charges_daily"}
    assert built == {"2026-09"}
    # A bare folder is one snapshot; the other month is as it was, and keeps its delivery.
    assert second_run.company.published(
        "select billing_month::varchar, sum(billed_cost) from cost_daily group by all order by all"
    ) == [
        ("2026-08-01", Decimal("16.25")),
        ("2026-09-01", Decimal(7)),
    ]


def test_a_failed_audit_publishes_nothing_and_a_refused_delivery_does_not_stop_the_others(
    company: Company,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = company.publication
    company.deliver("2026-09", [line("2026-09", 1, "3")])
    bad = CheckResult("made_up", "It holds", "cost_daily", "critical", passed=False, failing_rows=3, money="9 USD")
    with monkeypatch.context() as patched:
        patched.setattr(back, "audit_publication", lambda *_, **__: AuditResult("x", [bad]))
        result = company.run(instance)
    report = company.report()
    assert not result.success
    assert (report["status"], report["publication_id"], company.publication) == ("failed", None, before)
    assert "made_up" in report["error"]
    assert report["failed_step"] == "audit"
    assert "9 USD" in capsys.readouterr().err
    assert len([event for event in result.all_events if event.is_step_restarted]) == 0

    # the same input beside one that is refused, and nobody else objects
    sources = company.settings.sources_file
    sources.write_text(f"{sources.read_text()}  - {{name: bad, format: focus, uri: bad}}\n")
    (company.root / "bad").mkdir()
    (company.root / "bad" / "bill.csv").write_text("BilledCost\n1\n")
    again, report = company.run(instance), company.report()
    assert again.success, report["error"]
    assert float(company.published(f"{COST} where billing_month = date '2026-09-01'")[0][0]) == 3
    assert company.publication > before
    assert "bill.csv" in capsys.readouterr().err
    assert {period["state"] for period in report["periods"] if period["source_name"] == "bad"} == {"rejected"}
    assert company.published("select count(*) from load_ledger where state = 'rejected'") == [(1,)]
    told = company.published("select scope_id, alert_state, message from alerts where alert_kind = 'rejected_delivery'")
    assert [(name, state) for name, state, _ in told] == [("bad", "new")]
    assert "bill.csv" in told[0][2]


def test_a_passing_trouble_is_tried_again(
    company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    landing = pipeline.land

    def unsteady(*args: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise ConnectionResetError("the share went away")
        return landing(*args)

    monkeypatch.setattr(pipeline, "land", unsteady)
    assert company.run(instance).success
    assert len(calls) == 2


def test_a_broken_rule_file_ends_the_run_before_it_begins(
    company: Company, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    before = company.publication
    (company.root / "rules" / "teams.csv").write_text("team,cost_center,valid_from,valid_to\nsearch,1,tomorrow,\n")
    assert not company.run(instance).success
    assert "teams.csv" in capsys.readouterr().err
    assert company.report()["status"] == "failed"
    assert company.publication == before


def test_strict_makes_a_refused_delivery_fatal(
    fresh: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh.root / "exports" / "2026-09.csv").write_text("BilledCost\n1\n")
    monkeypatch.setenv("FINOPS_STRICT", "1")
    assert not fresh.run(instance).success
    assert "FINOPS_STRICT" in fresh.report()["error"]
    assert fresh.report()["failed_step"] == "land"


def test_no_usable_delivery_at_all(fresh: Company, instance: dg.DagsterInstance) -> None:
    for path in (fresh.root / "exports").iterdir():
        path.unlink()
    assert not fresh.run(instance).success
    assert "no usable delivery" in fresh.report()["error"]
    assert not fresh.settings.published_link.exists()


def test_a_cluster_without_any_bill_says_what_is_missing_before_it_builds(
    fresh: Company, instance: dg.DagsterInstance
) -> None:
    (fresh.root / "sources.yml").write_text("sources:\n  - {name: k8s, format: opencost, uri: cluster}\n")
    (fresh.root / "cluster").mkdir()
    (fresh.root / "cluster" / "a.csv").write_text(
        "window_start,namespace,cpu_cost,ram_cost,total_cost\n2026-09-01T00:00:00Z,shop,1,2,3\n"
    )
    assert not fresh.run(instance).success
    assert "No source delivers a bill: k8s tells what was used, not what it cost" in fresh.report()["error"]
    assert not fresh.settings.build_db.exists()


def test_a_month_that_is_none_is_refused(fresh: Company, instance: dg.DagsterInstance) -> None:
    result = fresh.run(instance, months=["2026-13"])
    assert not result.success


def test_a_second_run_says_who_is_in_the_way(
    fresh: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "run_lock", lambda settings: run_lock(settings, wait_seconds=0.1))
    with run_lock(fresh.settings):
        assert not fresh.run(instance).success
