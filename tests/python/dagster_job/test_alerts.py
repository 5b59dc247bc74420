"""Alerts come with a publication, are told once, and a run that fails tells that too."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tests.python.alerts.servers import nobody, web_server

from .company import Company, line

CHANNELS = """channels:
  - {name: dead, kind: json, url_env: TEST_NOBODY}
  - {name: hook, kind: json, url_env: TEST_WEBHOOK}
"""


def kept(company: Company) -> list[Path]:
    return sorted((company.settings.state_dir / "alert_states").iterdir())


def test_an_alert_is_published_kept_and_told_once_whoever_cannot_be_told(
    company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = "select alert_id, alert_state, fire_count from alerts where alert_kind = 'freshness'"
    assert company.published(states) == [("freshness:source:saas", "new", 1)]
    assert [path.name for path in kept(company)] == [f"{company.publication}.v1.parquet"]
    (company.root / "alerts.yml").write_text(CHANNELS)
    with web_server() as web:
        monkeypatch.setenv("TEST_WEBHOOK", web.url)
        monkeypatch.setenv("TEST_NOBODY", nobody())
        company.deliver("2026-09", [line("2026-09", 1, "7")])
        assert company.run(instance).success
        assert any("not sent to the channel 'dead'" in warning for warning in company.report()["warnings"])
        assert company.published(states) == [("freshness:source:saas", "ongoing", 1)]
        assert [alert["alert_id"] for body in web.bodies for alert in body["alerts"]].count(
            "freshness:source:saas"
        ) == 1
        checks = "select subject from alerts where alert_kind = 'failed_check' and scope_id = 'saas'"
        assert ("rows_plausible",) in company.published(checks), "what this very run's front door found"
        sent = len(web.bodies)
        assert company.run(instance).success
        assert company.report()["status"] == "unchanged"
        assert len(web.bodies) == sent

        (company.root / "rules" / "teams.csv").write_text("wrong\n")
        assert not company.run(instance).success
        (failed,) = [alert for body in web.bodies[sent:] for alert in body["alerts"]]
        assert failed["alert_id"] == "failed_run:company:all"
        assert "teams.csv" in failed["message"]


def test_an_acknowledged_alert_rebuilds_no_month(company: Company, instance: dg.DagsterInstance) -> None:
    rules = company.root / "rules" / "alert_acknowledgements.csv"
    rules.write_text("alert_id,acknowledged_by,note,valid_from,valid_to\nfreshness:source:saas,Ada,,,\n")
    assert company.run(instance).success
    assert company.report()["reason"] == "The ledger, or a rule on alerts, has news."
    assert company.published("select alert_state, acknowledged_by from alerts where alert_kind = 'freshness'") == [
        ("acknowledged", "Ada")
    ]
