"""Closes: who closed or reopened which month of a source, when and why, and what it had in the books.

Plain facts, kept by `ledger.py`: the newest of a month says whether it is closed. Nothing is closed by itself. What
follows from them for a delivery is in `books.py`; the commands are in `orchestration/closing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

CLOSED, REOPENED = "closed", "reopened"


@dataclass(frozen=True, order=True)
class Entry:
    """One delivery of a bill in the books of one month; `sign` is negative where it is taken out."""

    billing_month: date
    posted_month: date
    delivery_id: str
    sign: int


@dataclass(frozen=True)
class Close:
    """A month of a source was closed, or reopened."""

    source_name: str
    month: date
    state: str
    at: datetime
    by: str
    why: str
    publication_id: str
    """What readers saw at that moment."""
    entries: list[Entry] = field(default_factory=list)
    """What the month has in its books from then on, of its own bill and of earlier ones; of a reopening nothing."""
    rules: str = ""
    """The name of the rules that held in it, as `closed_rules.py` keeps them; '' where they were not kept."""
    rate_count: int = 0
    """How many exchange rates `closed_rates.py` keeps of it."""

    @property
    def delivery_id(self) -> str | None:
        """The delivery that the month's own bill is pinned to."""
        own = [item for item in self.entries if item.billing_month == self.month and item.sign > 0]
        return own[-1].delivery_id if own else None
