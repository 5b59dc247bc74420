"""What was sent: one file per message and channel in `state/alert_deliveries`, written after it was sent, or was not.

A process that dies between the two sends the message again in the next run: at least once then, exactly once otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pyarrow as pa

from orchestration import files
from orchestration.landing.engine import identifier

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.settings import Settings

VERSION = 1
SCHEMA = pa.schema([("channel", pa.string()), ("alert_id", pa.string()), ("delivered_at", pa.timestamp("us"))])


class Delivered(NamedTuple):
    """A message that was delivered."""

    channel: str
    firings: list[str]
    at: datetime


@dataclass
class Log:
    """Firings that were delivered, by channel, and when each alert was last delivered there."""

    firings: set[tuple[str, str]] = field(default_factory=set)
    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def add(self, channel: str, firings: list[str], at: datetime) -> None:
        """Take note of what was delivered."""
        for firing in firings:
            self.firings.add((channel, firing))
            alert_id = _alert_of(firing)
            self.last[channel, alert_id] = max(at, self.last.get((channel, alert_id), at))


def read_log(settings: Settings) -> Log:
    """Read everything that was ever delivered."""
    log = Log()
    for message in _delivered(settings):
        log.add(*message)
    return log


def create_alert_deliveries(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings) -> None:
    """Write the raw relation `alert_deliveries`: a row per alert and message that was delivered with it."""
    rows = [
        {"channel": message.channel, "alert_id": _alert_of(firing), "delivered_at": message.at}
        for message in _delivered(settings)
        for firing in message.firings
    ]
    connection.register("alert_delivery_rows", pa.Table.from_pylist(rows, SCHEMA))
    connection.execute(
        f"create or replace table {identifier(schema)}.alert_deliveries as select * from alert_delivery_rows"
    )
    connection.unregister("alert_delivery_rows")


def _delivered(settings: Settings) -> Iterator[Delivered]:
    """Return every message that was delivered; a file that cannot be read counts as not delivered."""
    for path in sorted(_folder(settings).glob("[!.]*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["status"] == "delivered":
                yield Delivered(content["channel"], list(content["firings"]), datetime.fromisoformat(content["at"]))
        except (ValueError, KeyError, TypeError):
            continue


def _alert_of(firing: str) -> str:
    return firing.rsplit("@", 1)[0]


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
