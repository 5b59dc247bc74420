"""Alerts that no publication can show in time: a failed run, what this run's checks found, a source that stays silent.

They have the same ids as in the feed, where the next publication shows them; here they are sent at once, and not again
before their days are over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
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
# what sources that are silent together may have in common; of groups of one size the first counts
_SILENCES = {
    "company": "No new charges from any source",
    "provider": "No new charges from any source of {}",
    "bucket": "No new charges from any source in {}",
}


@dataclass(frozen=True)
class Policy:
    """What a kind of alert, and the rules about it, say for one scope."""

    severity: str
    threshold: Decimal
    escalation: Decimal | None
    refire_days: int
    what_to_do: str
    channel: str | None


def direct_alerts(settings: Settings, report: RunReport, today: date) -> list[tuple[Alert, int]]:
    """List what this run has to say at once, each with the days for which it is not repeated.

    `today` is the day that the numbers speak of, as in the feed.
    """
    if report.status == "failed":
        return _failed_run(settings, report, today)
    found = _failed_checks(settings, report, today) if report.status == "published" else []
    return found + (_silent_sources(settings, today) if report.status == "unchanged" else [])


def _failed_run(settings: Settings, report: RunReport, today: date) -> list[tuple[Alert, int]]:
    policy = policy_of(settings, "failed_run", "company", "all", today)
    return _alert("failed_run", "company", "all", None, "A run failed", report.error or report.reason, policy)


def _failed_checks(settings: Settings, report: RunReport, today: date) -> list[tuple[Alert, int]]:
    found: dict[tuple[str, str | None], list[Any]] = {}
    for check in report.checks:
        if not check.passed:
            found.setdefault((check.name, check.source_name), []).append(check)
    alerts = []
    for (name, source), checks in found.items():
        scope = ("source", source) if source else ("company", "all")
        policy = policy_of(settings, "failed_check", *scope, today)
        words = checks[0].sentence() + (f" {len(checks) - 1} more of this kind." if len(checks) > 1 else "")
        alerts += _alert("failed_check", *scope, name, f"Check {name} found something", words, policy)
    return alerts


def _silent_sources(settings: Settings, today: date) -> list[tuple[Alert, int]]:
    """List sources that are late by now: a publication cannot count the days that follow it.

    Where all of a provider, of a bucket, or all that there are are late, they are one alert, as in the feed
    (`alert_silences`).
    """
    found, groups = {}, dict[tuple[str, str], set[str]]()
    for source, provider, bucket, last, expected in _source_freshness(settings):
        policy = policy_of(settings, "freshness", "source", source, today)
        days = Decimal((today - expected).days + 1)
        if days >= policy.threshold:
            words = f"The last charge of {source} is of {last}; more was expected from {expected} on."
            title = f"No new charges from {source}"
            found[source] = _alert("freshness", "source", source, None, title, words, policy, days)
        for group in (("company", "all"), ("provider", provider), ("bucket", bucket)):
            if group[1] is not None:
                groups.setdefault(group, set()).add(source)
    found = {source: alerts for source, alerts in found.items() if alerts}
    silent = {group: sources for group, sources in groups.items() if len(sources) > 1 and sources <= set(found)}
    told, shared = list[tuple[Alert, int]](), dict[tuple[str, str], dict[str, list[tuple[Alert, int]]]]()
    for source, alerts in found.items():
        mine = [group for group, sources in silent.items() if source in sources]
        if mine:
            cause = max(mine, key=lambda group: (len(silent[group]), -list(_SILENCES).index(group[0])))
            shared.setdefault(cause, {})[source] = alerts
        else:
            told += alerts
    return [*told, *(_one_silence(*cause, members) for cause, members in sorted(shared.items()))]


def _source_freshness(settings: Settings) -> list[tuple[str, str | None, str | None, date, date]]:
    database = settings.published_link / "finops.duckdb"
    if not database.exists():
        return []
    with duckdb.connect(str(database.resolve()), read_only=True) as con:
        known = "select 1 from duckdb_columns() where table_name = 'source_freshness' and column_name = $1"
        if not con.execute(known, ["storage_bucket"]).fetchone():
            return []  # a publication of an earlier version; the next run makes a new one
        return con.execute(
            "select source_name, service_provider_name, storage_bucket, last_charge_date, expected_date "
            "from source_freshness order by all"
        ).fetchall()


def _one_silence(scope_type: str, scope_id: str, found: dict[str, list[tuple[Alert, int]]]) -> tuple[Alert, int]:
    """Tell several silent sources as one alert, the worst first and the others as its evidence."""
    ranked = sorted(
        (alert for alerts in found.values() for alert in alerts),
        key=lambda item: (item[0].severity != "critical", item[0].alert_id),
    )
    (worst, days), others = ranked[0], ranked[1:]
    also = f" Also: {'; '.join(alert.title for alert, _ in others)}." if others else ""
    merged = replace(
        worst,
        alert_id=f"freshness:{scope_type}:{scope_id}",
        scope_type=scope_type,
        scope_id=scope_id,
        title=_SILENCES[scope_type].format(scope_id),
        message=worst.message + also,
    )
    return merged, days


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


def policy_of(settings: Settings, kind: str, scope_type: str, scope_id: str, today: date) -> Policy:
    """Read what the kind says, and the most specific rule of that day; rules that are broken are left aside."""
    path = settings.project_dir / "seeds" / "reference" / "alert_kinds.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (base,) = [row for row in csv.DictReader(file) if row["alert_kind"] == kind]
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
