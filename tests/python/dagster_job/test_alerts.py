"""Alerts come with a publication, are told once, and a run that fails tells that too."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tests.python.alerts.servers import nobody, web_server

from .company import Company
from .conftest import Lived
from .second_day import CHANNELS, sent

SILENT = "freshness:source:saas"


def kept(company: Company) -> list[Path]:
    return sorted((company.settings.state_dir / "alert_states").iterdir())


def test_an_alert_is_published_and_kept(first_run: Lived, second_run: Lived) -> None:
    states = "select alert_id, alert_state, fire_count from alerts where alert_kind = 'freshness'"
    assert first_run.company.published(states) == [(SILENT, "new", 1)]
    assert [path.name for path in kept(first_run.company)] == [f"{first_run.published}.v1.parquet"]
    assert second_run.company.published(states) == [(SILENT, "ongoing", 1)]
    checks = "select subject from alerts where alert_kind = 'failed_check' and scope_id = 'saas'"
    assert ("rows_plausible",) in second_run.company.published(checks), "what this very run's front door found"


def test_it_is_told_once_whoever_cannot_be_told(
    older_company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = older_company
    assert any("not sent to the channel 'dead'" in warning for warning in company.report()["warnings"])
    assert [alert["alert_id"] for alert in sent(company)].count(SILENT) == 1
    (company.root / "alerts.yml").write_text(CHANNELS)
    with web_server() as web:
        monkeypatch.setenv("TEST_WEBHOOK", web.url)
        monkeypatch.setenv("TEST_NOBODY", nobody())
        assert company.run(instance).success
        assert company.report()["status"] == "unchanged"
        assert web.bodies == []

        (company.root / "rules" / "teams.csv").write_text("wrong\n")
        assert not company.run(instance).success
        (failed,) = [alert for body in web.bodies for alert in body["alerts"]]
        assert failed["alert_id"] == "failed_run:company:all"
        assert "teams.csv" in failed["message"]
