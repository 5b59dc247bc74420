"""Alerts that no publication can show in time: a failed run, what this run's checks found, a source that stays silent.

They have the same ids as in the feed, where the next publication shows them; here they are sent at once, and not again
before their days are over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.alerts.messages import Alert
from orchestration.errors import FinopsError
from orchestration.landing.rules import read_rules

if TYPE_CHECKING:
    from orchestration.report import RunReport
    from orchestration.settings import Settings

DIRECT = ("failed_check", "failed_run")
"""Kinds that are sent from here only, though the feed shows them too."""


@dataclass(frozen=True)
class Policy:
    """What a kind of alert, and the rules about it, say for one scope."""

    severity: str
    threshold: Decimal
    escalation: Decimal | None
    refire_days: int
    what_to_do: str
    channel: str | None


def direct_alerts(settings: Settings, report: RunReport) -> list[tuple[Alert, int]]:
    """List what this run has to say at once, each with the days for which it is not repeated."""
    if report.status == "failed":
        return _failed_run(settings, report)
    found = _failed_checks(settings, report) if report.status == "published" else []
    return found + (_silent_sources(settings) if report.status == "unchanged" else [])


def _failed_run(settings: Settings, report: RunReport) -> list[tuple[Alert, int]]:
    policy = policy_of(settings, "failed_run", "company", "all")
    return _alert("failed_run", "company", "all", None, "A run failed", report.error or report.reason, policy)


def _failed_checks(settings: Settings, report: RunReport) -> list[tuple[Alert, int]]:
    found: dict[tuple[str, str | None], list[Any]] = {}
    for check in report.checks:
        if not check.passed:
            found.setdefault((check.name, check.source_name), []).append(check)
    alerts = []
    for (name, source), checks in found.items():
        scope = ("source", source) if source else ("company", "all")
        policy = policy_of(settings, "failed_check", *scope)
        words = checks[0].sentence() + (f" {len(checks) - 1} more of this kind." if len(checks) > 1 else "")
        alerts += _alert("failed_check", *scope, name, f"Check {name} found something", words, policy)
    return alerts


def _silent_sources(settings: Settings) -> list[tuple[Alert, int]]:
    """List sources whose charges are old by now: a publication cannot count the days that follow it."""
    database = settings.published_link / "finops.duckdb"
    if not database.exists():
        return []
    with duckdb.connect(str(database.resolve()), read_only=True) as con:
        rows = con.execute("select source_name, max(charge_date) from cost_daily group by all order by all").fetchall()
    today, alerts = datetime.now(UTC).date(), []
    for source, last in rows:
        policy, days = policy_of(settings, "freshness", "source", source), Decimal((today - last).days)
        if days >= policy.threshold:
            words = f"The last charge of {source} is of {last}."
            title = f"No new charges from {source}"
            alerts += _alert("freshness", "source", source, None, title, words, policy, days)
    return alerts


def _alert(
    kind: str,
    scope_type: str,
    scope_id: str,
    subject: str | None,
    title: str,
    words: str,
    policy: Policy,
    value: Decimal = Decimal(1),
) -> list[tuple[Alert, int]]:
    if policy.severity == "off":
        return []
    worse = policy.escalation is not None and value >= policy.escalation
    alert = Alert(
        alert_id=":".join(filter(None, (kind, scope_type, scope_id, subject))),
        alert_kind=kind,
        severity="critical" if worse else policy.severity,
        alert_state="new",
        scope_type=scope_type,
        scope_id=scope_id,
        title=title,
        message=f"{words} {policy.what_to_do}",
        link_query=None,
        fired_at=datetime.now(UTC).replace(tzinfo=None),
        alert_value=value,
        threshold_value=policy.threshold,
        channel=policy.channel,
    )
    return [(alert, policy.refire_days)]


def policy_of(settings: Settings, kind: str, scope_type: str, scope_id: str) -> Policy:
    """Read what the kind says, and the most specific rule of today; rules that are broken are left aside."""
    path = settings.project_dir / "seeds" / "reference" / "alert_kinds.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (base,) = [row for row in csv.DictReader(file) if row["alert_kind"] == kind]
    today = datetime.now(UTC).date()
    try:
        rules = [
            rule
            for rule in read_rules(settings)["rule_alerts"]
            if rule["alert_kind"] == kind
            and rule["scope_type"] in (None, scope_type)
            and rule["scope_id"] in (None, scope_id)
            and rule["valid_from"] <= today < (rule["valid_to"] or date.max)
        ]
    except FinopsError:
        rules = []
    rule = min(rules, key=lambda row: (row["scope_id"] is None, row["scope_type"] is None), default={})
    said = {
        name: rule.get(name) if rule.get(name) is not None else base.get(name) or None for name in (*base, "channel")
    }
    return Policy(
        severity=said["severity"],
        threshold=Decimal(said["threshold_value"]),
        escalation=None if said["escalation_value"] is None else Decimal(said["escalation_value"]),
        refire_days=int(said["refire_days"]),
        what_to_do=base["what_to_do"],
        channel=said["channel"],
    )
