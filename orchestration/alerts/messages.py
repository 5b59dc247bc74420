"""What an alert looks like to people: Slack blocks, a Teams card, plain JSON, a mail.

Only texts are made here. Every text of an alert may come from a bill (names of resources, services), so it is escaped
for where it goes, and cut where a service has a limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

from orchestration.words import percent, plain

PER_MESSAGE = 15
"""So many alerts at most go in one message: Slack takes 50 blocks."""
LARGEST = {"teams": 28_000}
"""So many bytes a service takes."""
_MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}
_LONG = 600


@dataclass(frozen=True)
class Alert:
    """One alert that has fired."""

    alert_id: str
    alert_kind: str
    severity: str
    alert_state: str
    scope_type: str
    scope_id: str
    title: str
    message: str
    link_query: str | None
    fired_at: datetime
    owner: str | None = None
    owner_contact: str | None = None
    currency: str | None = None
    alert_value: Decimal | None = None
    threshold_value: Decimal | None = None
    value_unit: str | None = None
    impact_cost: Decimal | None = None
    channel: str | None = None

    @property
    def firing(self) -> str:
        """What is delivered once: this alert, fired at this moment."""
        return f"{self.alert_id}@{self.fired_at.isoformat(timespec='milliseconds')}"


def subject_of(alerts: list[Alert]) -> str:
    """Give the one line that stands above everything."""
    worst = next(severity for severity in _MARKS if any(alert.severity == severity for alert in alerts))
    first = alerts[0].title
    more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
    return f"[{worst}] {_line(first, 120)}{more}"


def batches(kind: str, alerts: list[Alert], publication_id: str | None) -> Iterator[list[Alert]]:
    """Split alerts into messages that a channel of this kind takes."""
    start = 0
    while start < len(alerts):
        batch = alerts[start : start + PER_MESSAGE]
        while kind in LARGEST and len(batch) > 1 and _size(payload(kind, batch, publication_id)) > LARGEST[kind]:
            batch = batch[:-1]
        yield batch
        start += len(batch)


def _size(content: dict[str, Any]) -> int:
    return len(json.dumps(content))


def payload(kind: str, alerts: list[Alert], publication_id: str | None) -> dict[str, Any]:
    """Give the body of a webhook of this kind."""
    return {"slack": _slack, "teams": _teams, "json": _json}[kind](alerts, publication_id)


def mail(alerts: list[Alert], publication_id: str | None, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """Give one mail with all alerts."""
    message = EmailMessage()
    message["Subject"] = f"FinOps {subject_of(alerts)}"
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Auto-Submitted"] = "auto-generated"
    parts = [
        "\n".join(
            [
                f"{alert.severity.upper()}  {_line(alert.title)}",
                f"{_scope(alert)}",
                "",
                alert.message,
                "",
                *_handles(alert),
            ]
        )
        for alert in alerts
    ]
    footer = f"\n\n-- \nPublication {publication_id}" if publication_id else ""
    message.set_content("\n\n\n".join(parts) + footer + "\n")
    return message


def _slack(alerts: list[Alert], publication_id: str | None) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _line(subject_of(alerts), 150)}}
    ]
    for alert in alerts:
        text = f"{_MARKS[alert.severity]} *{_mrkdwn(_line(alert.title, 200))}*\n{_mrkdwn(_cut(alert.message))}"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
        lines = [_scope(alert), *(_line(line, 400) for line in _handles(alert))]
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _mrkdwn(line)} for line in lines]})
    if publication_id:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"Publication {publication_id}"}]})
    return {"text": _mrkdwn(subject_of(alerts)), "blocks": blocks}


def _teams(alerts: list[Alert], publication_id: str | None) -> dict[str, Any]:
    body: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": _markdown(subject_of(alerts)), "weight": "Bolder", "size": "Medium", "wrap": True}
    ]
    for alert in alerts:
        title = f"{_MARKS[alert.severity]} {_markdown(_line(alert.title, 200))}"
        body += [
            {"type": "TextBlock", "text": title, "weight": "Bolder", "wrap": True, "separator": True},
            {"type": "TextBlock", "text": _markdown(_cut(alert.message)), "wrap": True},
            *(
                {"type": "TextBlock", "text": _markdown(line), "isSubtle": True, "wrap": True, "size": "Small"}
                for line in (_scope(alert), *(_line(line, 400) for line in _handles(alert)))
            ),
        ]
    if publication_id:
        body.append({"type": "TextBlock", "text": f"Publication {publication_id}", "isSubtle": True, "size": "Small"})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _json(alerts: list[Alert], publication_id: str | None) -> dict[str, Any]:
    rows = [{name: _plain(value) for name, value in asdict(alert).items()} for alert in alerts]
    firings = [alert.firing for alert in alerts]
    alerts_said = [{"firing_id": firing} | row for firing, row in zip(firings, rows, strict=True)]
    return {"version": 1, "publication_id": publication_id, "alerts": alerts_said}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Amounts as decimal text, never as floats; times as ISO 8601 in UTC."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def _scope(alert: Alert) -> str:
    owner = f" · owner {alert.owner}" if alert.owner else ""
    contact = f" ({alert.owner_contact})" if alert.owner and alert.owner_contact else ""
    return _line(f"{alert.alert_kind} · {alert.scope_type} {alert.scope_id}{_measured(alert)}{owner}{contact}", 300)


def _measured(alert: Alert) -> str:
    """Say the value beside its threshold; ranks say nothing to people that the severity does not."""
    if alert.value_unit in (None, "rank") or alert.alert_value is None or alert.threshold_value is None:
        return ""
    return f" · {_in_unit(alert.alert_value, alert)}, threshold {_in_unit(alert.threshold_value, alert)}"


def _in_unit(value: Decimal, alert: Alert) -> str:
    if alert.value_unit == "share":
        return percent(value, 1)
    return f"{plain(value)} {alert.value_unit if value != 1 else str(alert.value_unit).removesuffix('s')}"


def _handles(alert: Alert) -> list[str]:
    """Give what somebody needs who goes on from here: a query that shows more, and the id to acknowledge it by."""
    return [*([f"Look: {alert.link_query}"] if alert.link_query else []), f"Alert: {alert.alert_id}"]


def _line(text: str, longest: int = 200) -> str:
    return _cut(" ".join(text.split()), longest)


def _cut(text: str, longest: int = _LONG) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _mrkdwn(text: str) -> str:
    """Escape what Slack would take for a link, a mention or markup."""
    for mark, harmless in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("*", "\u2217"), ("`", "\u02cb")):
        text = text.replace(mark, harmless)
    return text


def _markdown(text: str) -> str:
    """Escape what a card would take for a link or markup."""
    for mark in "\\[]*_`#":
        text = text.replace(mark, f"\\{mark}")
    return text
