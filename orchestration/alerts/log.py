"""What was sent: one file per message and channel in `state/alert_deliveries`, written after it was sent, or was not.

A process that dies between the two sends the message again in the next run: at least once then, exactly once otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from orchestration import files

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

VERSION = 1


@dataclass
class Log:
    """Firings that were delivered, by channel, and when each alert was last delivered there."""

    firings: set[tuple[str, str]] = field(default_factory=set)
    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def add(self, channel: str, firings: list[str], at: datetime) -> None:
        """Take note of what was delivered."""
        for firing in firings:
            self.firings.add((channel, firing))
            alert_id = firing.rsplit("@", 1)[0]
            self.last[channel, alert_id] = max(at, self.last.get((channel, alert_id), at))


def read_log(settings: Settings) -> Log:
    """Read everything that was ever delivered; a file that cannot be read counts as not delivered."""
    log = Log()
    for path in sorted(_folder(settings).glob("[!.]*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["status"] == "delivered":
                log.add(content["channel"], content["firings"], datetime.fromisoformat(content["at"]))
        except (ValueError, KeyError, TypeError):
            continue
    return log


def record(settings: Settings, channel: str, firings: list[str], problem: str, attempts: int) -> datetime:
    """Write what became of one message; returns the moment that it is recorded with."""
    now = datetime.now(UTC).replace(tzinfo=None)
    content = {
        "version": VERSION,
        "at": now.isoformat(timespec="microseconds"),
        "channel": channel,
        "status": "failed" if problem else "delivered",
        "problem": problem,
        "attempts": attempts,
        "firings": firings,
    }
    name = f"{now:%Y%m%dT%H%M%S.%f}Z-{uuid4().hex[:6]}.v{VERSION}.json"
    files.write_json(_folder(settings) / name, content)
    return now


def _folder(settings: Settings) -> Path:
    return settings.state_dir / "alert_deliveries"
