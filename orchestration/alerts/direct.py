"""Alerts that no publication can show in time: a failed run, what this run's checks found, a source that stays silent.

They have the same ids as in the feed, where the next publication shows them; here they are sent at once, and not again
before their days are over. Whoever has acknowledged one is not told again until it becomes worse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.alerts.channels import SEVERITIES
from orchestration.alerts.messages import Alert
from orchestration.alerts.policy import Decided, read_served, silence_words
from orchestration.publish import moment_of

if TYPE_CHECKING:
    from orchestration.report import RunReport
    from orchestration.settings import Settings

DIRECT = ("failed_check", "failed_run")
"""Kinds that are sent by the days since a channel had them; by firings of the feed they would be sent twice."""


@dataclass(frozen=True)
class Direct:
    """An alert, and when a channel that had it before gets it again."""

    alert: Alert
    refire_days: int
    over_at: datetime | None = None
    """When it was over since, as far as is known."""

    def is_due(self, last: datetime | None) -> bool:
        """Tell whether it is news for a channel that got it last at that moment."""
        if last is None or (self.over_at is not None and last < self.over_at):
            return True
        return self.alert.fired_at - last >= timedelta(days=self.refire_days)


def direct_alerts(settings: Settings, report: RunReport, today: date) -> list[Direct]:
    """List what this run has to say at once.

    `today` is the day that the numbers speak of, as in the feed.
    """
    found = {"failed": _failed_run, "published": _failed_checks, "unchanged": _silent_sources}
    if report.status not in found:
        return []
    decided = Decided(settings, today)
    known = "select alert_id, severity from alerts where alert_state <> 'resolved'"
    served = dict(read_served(settings, "alerts", known))
    return [
        told
        for told in found[report.status](settings, report, today, decided)
        if not decided.is_acknowledged(told.alert.alert_id) or _is_worse(told.alert, served.get(told.alert.alert_id))
    ]


def _is_worse(alert: Alert, former_severity: str | None) -> bool:
    return former_severity is not None and SEVERITIES.index(alert.severity) > SEVERITIES.index(former_severity)


def _failed_run(settings: Settings, report: RunReport, _: date, decided: Decided) -> list[Direct]:
    told = _alert(decided, "failed_run", "company", "all", "A run failed", report.error or report.reason)
    served = settings.served_publication
    # a run that published since has repaired the one that failed before
    over_at = moment_of(served.name) if served else None
    return [replace(one, over_at=over_at) for one in told]


def _failed_checks(_: Settings, report: RunReport, __: date, decided: Decided) -> list[Direct]:
    found: dict[tuple[str, str | None], list[Any]] = {}
    for check in report.findings:
        found.setdefault((check.name, check.source_name), []).append(check)
    told = []
    for (name, source), checks in found.items():
        scope = ("source", source) if source else ("company", "all")
        words = checks[0].sentence() + (f" {len(checks) - 1} more of this kind." if len(checks) > 1 else "")
        rows = Decimal(max(sum(check.failing_rows for check in checks), 1))
        told += _alert(decided, "failed_check", *scope, f"Check {name} found something", words, rows, subject=name)
    return told


def _silent_sources(settings: Settings, _: RunReport, today: date, decided: Decided) -> list[Direct]:
    """List sources that are late by now: a publication cannot count the days that follow it.

    Where all of a provider, of a bucket, or all that there are are late, they are one alert, as in the feed
    (`alert_silences`).
    """
    words = silence_words(settings)
    found, groups = dict[str, list[Direct]](), dict[tuple[str, str], set[str]]()
    for source, provider, bucket, last, expected in _source_freshness(settings):
        title, finding, query = (
            words["source"][part].format(name=source, last_charge_date=last, expected_date=expected)
            for part in ("title", "finding", "link_query")
        )
        days = Decimal((today - expected).days + 1)
        found[source] = _alert(decided, "freshness", "source", source, title, finding, days, query=query)
        for group in (("company", "all"), ("provider", provider), ("bucket", bucket)):
            if group[1] is not None:
                groups.setdefault(group, set()).add(source)
    found = {source: alerts for source, alerts in found.items() if alerts}
    silent = {group: sources for group, sources in groups.items() if len(sources) > 1 and sources <= set(found)}
    told, shared = list[Direct](), dict[tuple[str, str], list[Direct]]()
    for source, alerts in found.items():
        mine = [group for group, sources in silent.items() if source in sources]
        if mine:
            cause = max(mine, key=lambda group: (len(silent[group]), -int(words[group[0]]["place"])))
            shared.setdefault(cause, []).extend(alerts)
        else:
            told += alerts
    merged = (
        _one_silence(scope_type, scope_id, words[scope_type]["title"].format(name=scope_id), members, decided)
        for (scope_type, scope_id), members in sorted(shared.items())
    )
    return [*told, *merged]


def _source_freshness(settings: Settings) -> list[tuple[str, str | None, str | None, date, date]]:
    query = (
        "select source_name, service_provider_name, storage_bucket, last_charge_date, expected_date "
        "from source_freshness order by all"
    )
    return read_served(settings, "source_freshness", query)


def _one_silence(scope_type: str, scope_id: str, title: str, found: list[Direct], decided: Decided) -> Direct:
    """Tell several silent sources as one alert, the worst first and the others as its evidence."""
    worst, *others = sorted(found, key=lambda one: (one.alert.severity != "critical", one.alert.alert_id))
    also = f" Also: {'; '.join(one.alert.title for one in others)}." if others else ""
    owner, contact = decided.owner(scope_type, scope_id)
    alert = replace(
        worst.alert,
        alert_id=f"freshness:{scope_type}:{scope_id}",
        scope_type=scope_type,
        scope_id=scope_id,
        title=title,
        message=worst.alert.message + also,
        owner=owner,
        owner_contact=contact,
    )
    return replace(worst, alert=alert)


def _alert(
    decided: Decided,
    kind: str,
    scope_type: str,
    scope_id: str,
    title: str,
    words: str,
    value: Decimal = Decimal(1),
    *,
    subject: str | None = None,
    query: str | None = None,
) -> list[Direct]:
    policy = decided.policy(kind, scope_type, scope_id)
    severity = policy.severity_of(value)
    if severity is None:
        return []
    owner, contact = decided.owner(scope_type, scope_id)
    alert = Alert(
        alert_id=":".join(filter(None, (kind, scope_type, scope_id, subject))),
        alert_kind=kind,
        severity=severity,
        alert_state="new",
        scope_type=scope_type,
        scope_id=scope_id,
        title=title,
        message=f"{words} {policy.what_to_do}",
        link_query=query,
        fired_at=datetime.now(UTC).replace(tzinfo=None),
        owner=owner,
        owner_contact=contact,
        alert_value=value,
        threshold_value=policy.threshold,
        value_unit=policy.value_unit,
        channel=policy.channel,
    )
    return [Direct(alert, policy.refire_days)]
