"""What happens at Harbourline Outdoor beside the ordinary, and when: the labels of what an anomaly is.

Belongs here: `story.yml`, its days, and the truth about its events. Does not belong here: what runs meanwhile (`fleet`)
and what people write about it (`decisions`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from .engine import load_rows, write_parquet
from .periods import FAR_AWAY, month_start, parse_month

SURPRISES = ("spike", "drop", "slow_leak", "new_service", "missing_data")
Day = list[int]
"""Months after the story's first month, and day of the month."""


@dataclass(frozen=True)
class Event:
    """Something that changes cost from `begins` to, not with, `ends`; a surprise has a scope and people's response.

    `hours` are those from its beginning until it was noticed, taken on and ended; the last ones may not have come yet.
    """

    event_id: str
    kind: str
    begins: datetime
    ends: datetime
    says: str
    scope: tuple[str, str] = ("", "")
    severity: str = ""
    hours: tuple[int, ...] = ()

    @property
    def is_surprise(self) -> bool:
        """Whether nobody decided it before."""
        return self.kind in SURPRISES


@cache
def read_story() -> dict[str, Any]:
    """Return the content of `story.yml`."""
    return yaml.safe_load(Path(__file__).with_name("story.yml").read_text(encoding="utf-8"))


def on(start: str, when: Day) -> datetime:
    """Return a day of a story that starts in the month `start` (`YYYY-MM`)."""
    return month_start(parse_month(start), when[0]) + timedelta(days=when[1] - 1)


def events(start: str) -> dict[str, Event]:
    """Return what happens, by name, in a story that starts in the month `start` (`YYYY-MM`)."""
    found = {}
    for name, entry in read_story()["events"].items():
        found[name] = Event(
            event_id=name,
            kind=entry["kind"],
            begins=on(start, entry["from"]),
            ends=on(start, entry["until"]) if "until" in entry else FAR_AWAY,
            says=entry["says"],
            scope=tuple(entry.get("scope", ("", ""))),
            severity=entry.get("severity", ""),
            hours=tuple(entry.get("hours", ())),
        )
    return found


def write_events(con: duckdb.DuckDBPyConnection, start: str, until: datetime, folder: Path) -> None:
    """Write `events`: what happened before `until`, one row each; `last_date` is null for what stays."""
    columns = {
        "event_id": "VARCHAR", "event_kind": "VARCHAR", "is_surprise": "BOOLEAN", "scope_type": "VARCHAR",
        "scope_id": "VARCHAR", "onset_date": "DATE", "last_date": "DATE", "description": "VARCHAR",
    }  # fmt: skip
    load_rows(con, "event_rows", columns, _rows(start, until))
    write_parquet(con, "SELECT * FROM event_rows ORDER BY onset_date, event_id", folder / "events.parquet")


def _rows(start: str, until: datetime) -> Iterator[tuple[object, ...]]:
    for event in events(start).values():
        if event.begins < until:
            last = event.ends.date() - timedelta(days=1) if event.ends < FAR_AWAY else None
            scope = [part or None for part in event.scope]
            yield event.event_id, event.kind, event.is_surprise, *scope, event.begins.date(), last, event.says
