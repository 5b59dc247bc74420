"""A home with a publication whose alerts are made up, and an `alerts.yml`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.alerts.deliver import deliver
from orchestration.alerts.send import Patience
from orchestration.report import RunReport
from orchestration.settings import Settings

FIRED = datetime(2026, 3, 10, 6)  # noqa: DTZ001 - naive UTC, as in the feed
QUICK = Patience(attempt_seconds=0.4, pause_seconds=0.01, attempts=3, total_seconds=3.0)
_PLAIN = {
    "alert_id": "untagged_drift:company:all",
    "alert_kind": "untagged_drift",
    "severity": "warning",
    "alert_state": "new",
    "scope_type": "company",
    "scope_id": "all",
    "title": "More cost without a tag",
    "message": "Ask for tags.",
    "link_query": "select 1",
    "first_seen_at": FIRED,
    "last_fired_at": FIRED,
    "fire_count": 1,
    "refire_days": 7,
}


def today() -> date:
    """Return the day of the calendar."""
    return datetime.now(UTC).date()


@dataclass
class Home:
    """Short ways to show alerts, configure channels and deliver."""

    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    def show(self, *alerts: dict[str, Any]) -> None:
        """Publish these alerts; what is not said is as in the plainest one."""
        folder = self.settings.publications_dir / "20260310T060000.000Z"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "finops.duckdb").unlink(missing_ok=True)
        with duckdb.connect(str(folder / "finops.duckdb")) as con:
            con.execute(
                "create table alerts (alert_id varchar, alert_kind varchar, severity varchar, alert_state varchar, "
                "scope_type varchar, scope_id varchar, owner varchar, owner_contact varchar, currency varchar, "
                "alert_value decimal(38, 9), threshold_value decimal(38, 9), impact_cost decimal(38, 9), "
                "title varchar, message varchar, link_query varchar, channel varchar, first_seen_at timestamp, "
                "last_fired_at timestamp, fire_count bigint, refire_days bigint)"
            )
            con.execute(
                "create table source_freshness as select 'payer' as source_name, 'AWS' as service_provider_name, "
                "cast(null as varchar) as storage_bucket, "
                "current_date as last_charge_date, current_date + 1 as expected_date"
            )
            for alert in alerts:
                row = _PLAIN | alert
                marks = ", ".join("?" for _ in row)
                con.execute(f"insert into alerts ({', '.join(row)}) values ({marks})", list(row.values()))
        link = self.settings.published_link
        link.unlink(missing_ok=True)
        link.symlink_to(folder)

    def age(
        self, days: int, source: str = "payer", provider: str | None = "AWS", step: int = 1, bucket: str | None = None
    ) -> None:
        """Let the newest charge of a source of the publication be so old, with the step that is usual for it."""
        last = today() - timedelta(days=days)
        self.forget(source)
        with duckdb.connect(str(self.settings.published_link.resolve() / "finops.duckdb")) as con:
            row = [source, provider, bucket, last, last + timedelta(days=step)]
            con.execute("insert into source_freshness values ($1, $2, $3, $4, $5)", row)

    def forget(self, source: str) -> None:
        """Let the publication know nothing of a source."""
        with duckdb.connect(str(self.settings.published_link.resolve() / "finops.duckdb")) as con:
            con.execute("delete from source_freshness where source_name = $1", [source])

    def own(self, *owners: tuple[str, str, str, str]) -> None:
        """Let the publication know owners: type and id of the scope, role, name."""
        with duckdb.connect(str(self.settings.published_link.resolve() / "finops.duckdb")) as con:
            con.execute(
                "create or replace table ownership_registry (scope_type varchar, scope_id varchar, owner_role varchar, "
                "owner varchar, owner_contact varchar, valid_from date, valid_to date)"
            )
            for owner in owners:
                con.execute("insert into ownership_registry values ($1, $2, $3, $4, null, null, null)", list(owner))

    def channels(self, *channels: dict[str, Any]) -> None:
        """Write `alerts.yml`; a `url` goes into the environment, as it must."""
        entries = []
        for number, channel in enumerate(channels, start=1):
            entry = {"name": f"channel{number}", **channel}
            if "url" in entry:
                entry["url_env"] = f"TEST_WEBHOOK_{number}"
                self.monkeypatch.setenv(entry["url_env"], entry.pop("url"))
            entries.append(entry)
        path = self.settings.sources_file.parent / "alerts.yml"
        path.write_text(yaml.safe_dump({"channels": entries}))

    def deliver(self, status: str = "published", today: date | None = None, **more: Any) -> list[str]:  # noqa: ANN401
        """Deliver as the end of a run does."""
        return deliver(self.settings, RunReport("r1", status=status, **more), QUICK, today)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Make the home; nothing is published in it yet."""
    monkeypatch.delenv("FINOPS_ALERTS", raising=False)
    (tmp_path / "rules").mkdir()
    settings = replace(
        Settings.from_env({"FINOPS_HOME": str(tmp_path / "home")}),
        sources_file=tmp_path / "sources.yml",
        rules_dir=tmp_path / "rules",
    )
    return Home(settings, monkeypatch)
