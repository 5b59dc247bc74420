"""Delivering: which alerts each channel still has to get, in messages of a bearable size, and what became of them.

Belongs here: the order of things and what is said about it. Formats are in `messages.py`, the network in `send.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.alerts import log as logs
from orchestration.alerts.channels import SEVERITIES, Channel, alerts_file, load_channels
from orchestration.alerts.direct import DIRECT, Direct, direct_alerts
from orchestration.alerts.messages import Alert, batches, mail, payload
from orchestration.alerts.send import Patience, send
from orchestration.errors import FinopsError
from orchestration.words import counted

if TYPE_CHECKING:
    from email.message import EmailMessage

    from orchestration.report import RunReport
    from orchestration.settings import Settings

_STANDING = ("new", "ongoing", "re_fired")
_ANY = Channel("any channel", "json", minimum_severity="info")


@dataclass(frozen=True)
class Message:
    """One message for one channel."""

    channel: Channel
    alerts: list[Alert]
    content: dict[str, Any] | EmailMessage


def deliver(
    settings: Settings, report: RunReport, patience: Patience | None = None, today: date | None = None
) -> list[str]:
    """Send everything that is due; returns one sentence per thing that went wrong. Never raises.

    After a failed run only that is sent: what the former publication says was its own run's business. `today` is the
    day that the numbers speak of, default the calendar's.
    """
    patience, broken = patience or Patience(), list[str]()
    try:
        channels = load_channels(settings, broken=broken)
        problems = [f"No alert was sent to a channel: {problem}" for problem in broken]
        return problems + _deliver(settings, report, channels, patience, today or datetime.now(UTC).date())
    except FinopsError as error:
        return [f"No alert was sent: {error}"]
    except OSError as error:
        return [f"Not all alerts were sent: {error}."]
    except Exception as error:  # noqa: BLE001 - whatever it is, the publication stands and the run goes on
        return [f"Alerts were not sent, which is a defect of the program: {type(error).__name__}."]


def _deliver(
    settings: Settings, report: RunReport, channels: list[Channel], patience: Patience, today: date
) -> list[str]:
    if not channels:
        return []
    log, until = logs.read_log(settings), time.monotonic() + patience.total_seconds
    due = messages(settings, report, channels, log, today)
    problems = []
    for place, channel in enumerate(channels):
        now = time.monotonic()
        share = now + (until - now) / (len(channels) - place)  # who hangs takes no time from those that follow
        for message in due:
            if message.channel is channel:
                problems += _send(message, settings, log, patience, share)
    return problems + _unknown_channels(settings, channels)


def _send(message: Message, settings: Settings, log: logs.Log, patience: Patience, until: float) -> list[str]:
    """Send one message and note what became of it; returns a sentence where it was not taken."""
    name, firings = message.channel.name, [alert.firing for alert in message.alerts]
    problem, attempts = send(message.channel, message.content, patience, until)
    at = logs.record(settings, name, firings, problem, attempts)
    if not problem:
        log.add(name, firings, at)
        return []
    count = counted(len(firings), "alert")
    return [f"{count} not sent to the channel '{name}': {problem}; the next run tries again."]


def messages(
    settings: Settings, report: RunReport, channels: list[Channel], log: logs.Log, today: date
) -> list[Message]:
    """Give what each channel still has to get, the worst first."""
    found = []
    publication_id, feed = (None, []) if report.status == "failed" else _feed(settings)
    direct = direct_alerts(settings, report, today)
    told = {one.alert.alert_id for one in direct}
    news = [alert for alert, _ in feed if alert.alert_kind not in DIRECT]
    direct += [_as_direct(*fired) for fired in feed if fired[0].alert_kind in DIRECT and fired[0].alert_id not in told]
    for channel in channels:
        due = [alert for alert in news if (channel.name, alert.firing) not in log.firings]
        due += [one.alert for one in direct if one.is_due(log.last.get((channel.name, one.alert.alert_id)))]
        due = [alert for alert in due if channel.takes(alert.alert_kind, alert.severity, alert.channel)]
        due.sort(key=lambda alert: (-SEVERITIES.index(alert.severity), alert.alert_id))
        found += [
            Message(channel, batch, _content(channel, batch, publication_id))
            for batch in batches(channel.kind, due, publication_id)
        ]
    return found


def _content(channel: Channel, alerts: list[Alert], publication_id: str | None) -> dict[str, Any] | EmailMessage:
    if channel.kind == "mail":
        return mail(alerts, publication_id, channel.sender, channel.recipients)
    return payload(channel.kind, alerts, publication_id)


def _feed(settings: Settings) -> tuple[str | None, list[tuple[Alert, int]]]:
    """Read what has fired and still stands in the served publication, and after how many days it fires again."""
    publication = settings.served_publication
    if publication is None:
        return None, []
    with duckdb.connect(str(publication / "finops.duckdb"), read_only=True) as con:
        if not con.execute("select 1 from duckdb_columns() where table_name = 'alerts'").fetchone():
            return publication.name, []  # a publication from before there were alerts
        answer = con.execute(
            "select * replace (coalesce(last_fired_at, first_seen_at) as last_fired_at) from alerts "
            "where list_contains($1, alert_state) and fire_count > 0",
            [list(_STANDING)],
        )
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    known = {field.name for field in fields(Alert)}
    return publication.name, [
        (
            Alert(**{name: row[name] for name in known & row.keys()}, fired_at=_naive(row["last_fired_at"])),
            row["refire_days"],
        )
        for row in rows
    ]


def _as_direct(alert: Alert, refire_days: int) -> Direct:
    """Let it be due by the days since a channel had it, whichever run sent it."""
    return Direct(replace(alert, fired_at=_naive(datetime.now(UTC))), refire_days)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _unknown_channels(settings: Settings, channels: list[Channel]) -> list[str]:
    names = {channel.name for channel in channels}
    wanted = {alert.channel for alert, _ in _feed(settings)[1] if alert.channel}
    return [
        f"The rules send alerts to the channel '{name}', which alerts.yml does not have; they are not sent."
        for name in sorted(wanted - names)
    ]


def dry_run(
    settings: Settings, report: RunReport, today: date | None = None, say: Callable[[str], None] = print
) -> int:
    """Say what `deliver` would send now, without sending or recording anything; returns how many messages."""
    broken = list[str]()
    channels = load_channels(settings, broken=broken)
    for problem in broken:
        say(f"A channel that gets nothing: {problem}")
    if not settings.published_link.exists():
        say(f"Nothing has been published in {settings.home} yet; call `make run` first.")
        return 0
    if not channels and not broken:
        say(f"No channels are configured: there is no {alerts_file(settings)}. One that takes all alerts would get:")
    count = 0
    today = today or datetime.now(UTC).date()
    for message in messages(settings, report, channels or [_ANY], logs.read_log(settings), today):
        count += 1
        number = counted(len(message.alerts), "alert")
        say(f"{message.channel.name} ({message.channel.kind}): one message with {number}")
        for alert in message.alerts:
            say(f"  {alert.severity:<8} {alert.alert_id}  {alert.title}")
            say(f"           {alert.message}")
    if not count:
        say("Nothing would be sent.")
    return count if channels else 0
