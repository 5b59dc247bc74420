"""The books: in which month each delivery counts, as it follows from the ledger and from what was closed.

Pure bookkeeping, no files. The rule is one sentence: what an open month shows of a bill is the newest delivery minus
what closed months have booked of it already. As entries with a sign:

  nothing closed                          d1 in September
  September closed, d2 comes after that   d1 in September; d2 - d1 in October
  October closed too, d3 comes            d1 in September; d2 - d1 in October; d3 - d2 in November

The entries of a closed month are part of its close and do not change until it is reopened; whatever happens, the
entries of a bill add up to its newest delivery. The open month is the first one, from the bill's own on, that the
source has not closed.

The lines of one delivery are the booked lines of a bill: they go under the source's own name. Those of the others only
serve to compute differences and go the same way through all models under the name `<source>/<delivery>`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from orchestration.errors import FinopsError
from orchestration.landing.closes import Entry
from orchestration.landing.facts.periods import facts_of_bill

if TYPE_CHECKING:
    from orchestration.landing.closes import Close
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery


PART = "+"
"""Joins the deliveries of which a bill consists where they add to each other."""
BESIDE = " beside "
"""Joins the deliveries of a bill and what facts say of its days, where bills are built with them (price sheets)."""


@dataclass(frozen=True)
class Difference:
    """An entry of another delivery than the booked one, or of that one in another month."""

    source_name: str
    billing_month: date
    line_source_name: str
    """The name under which the raw relations have the lines."""
    delivery_id: str
    """The newest delivery of the same posted month: the one that brought the difference."""
    posted_month: date
    sign: int


@dataclass
class Books:
    """What the raw relations show, and how it is booked."""

    booked: dict[tuple[str, date], Delivery] = field(default_factory=dict)
    """The delivery whose lines are the booked lines of a (source, billing month)."""
    late: dict[tuple[str, date], Delivery] = field(default_factory=dict)
    """By (line source, billing month): further deliveries that differences are computed from."""
    differences: list[Difference] = field(default_factory=list)
    entries: dict[tuple[str, date], list[Entry]] = field(default_factory=dict)
    """All entries of a (source, billing month)."""
    facts: dict[tuple[str, date], str] = field(default_factory=dict)
    """By (line source, billing month): a digest of the facts that its lines are built with, where there are any."""
    parts: dict[tuple[str, date, str], str] = field(default_factory=dict)
    """By (source, billing month, delivery): the deliveries that make up the bill as it stood with that one."""

    @property
    def shown(self) -> dict[tuple[str, date], Delivery]:
        """Everything that the raw relations show, by (line source, billing month)."""
        return self.booked | self.late

    def late_entries(self) -> list[dict[str, str | int]]:
        """List the entries of the bills that are not simply booked in their own month, as plain JSON values."""
        return [
            {
                "source_name": source,
                "billing_month": entry.billing_month.isoformat(),
                "posted_month": entry.posted_month.isoformat(),
                "delivery_id": entry.delivery_id,
                "sign": entry.sign,
            }
            for (source, _), entries in sorted(self.entries.items())
            if len(entries) > 1
            for entry in entries
        ]

    def inputs(self) -> dict[str, dict[str, str]]:
        """Say what decides each (line source, month): equal means that nothing has to be built anew."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for (source, month), delivery in sorted(self.booked.items()):
            found[source][month.isoformat()] = self.parts[source, month, delivery.delivery_id]
        for line_source, month in sorted(self.late):
            source = booked_source(line_source)
            found[line_source][month.isoformat()] = ", ".join(
                f"{'+' if entry.sign > 0 else '-'} {self.parts[source, month, entry.delivery_id]} "
                f"in {entry.posted_month:%Y-%m}"
                for entry in self.entries[source, month]
            )
        for (line_source, month), digest in self.facts.items():
            found[line_source][month.isoformat()] += f"{BESIDE}{digest}"
        return dict(found)


def keep_books(ledger: Ledger) -> Books:
    """Book every bill of the ledger; FinopsError if a close speaks of a delivery that the ledger does not know."""
    books, closed = Books(), ledger.closed()
    known = {(d.source_name, d.billing_month, d.delivery_id): d for d in ledger.deliveries}
    for (source, month), newest in sorted(ledger.current().items()):
        mine = {of: close for (name, of), close in closed.items() if name == source}
        entries = _entries(month, newest, mine)
        own = [known.get((source, month, entry.delivery_id)) for entry in entries if entry.sign > 0]
        if None in own:
            lost = next(entry for entry in entries if (source, month, entry.delivery_id) not in known)
            raise FinopsError(
                f"The books of source {source} have delivery {lost.delivery_id} of {month:%Y-%m} in the closed month "
                f"{lost.posted_month:%Y-%m}, but the ledger no longer knows it; restore the state folder from a backup."
            )
        books.entries[source, month] = entries
        for entry in entries:
            parts = ledger.parts(known[source, month, entry.delivery_id])
            books.parts[source, month, entry.delivery_id] = PART.join(part.delivery_id for part in parts)
        booked = _booked_delivery(entries, month, known, source)
        if booked:
            books.booked[source, month] = booked
        for entry in entries:
            is_booked = booked is not None and entry.delivery_id == booked.delivery_id
            line_source = source if is_booked else f"{source}/{entry.delivery_id}"
            if not is_booked:
                books.late[line_source, month] = known[source, month, entry.delivery_id]
            sign = entry.sign - (1 if is_booked and entry.posted_month == month else 0)
            if sign:
                brought = max(
                    (known[source, month, other.delivery_id] for other in entries if _same_books(other, entry)),
                    key=lambda item: item.arrival,
                )
                books.differences.append(
                    Difference(source, month, line_source, brought.delivery_id, entry.posted_month, sign)
                )
    if any(item.periods for item in ledger.facts):
        told = {key: facts_of_bill(ledger, bill) for key, bill in books.shown.items()}
        books.facts = {key: digest for key, digest in told.items() if digest}
    return books


def newest_delivery(told: str) -> str:
    """Name the delivery up to which a bill counts, of what `Books.inputs` says of a bill in its own month."""
    return told.partition(BESIDE)[0].split(PART)[-1]


def line_source_names(ledger: Ledger) -> dict[tuple[str, date, str], str]:
    """Name the lines of each delivery in the raw relations, by (source, billing month, delivery)."""
    return {
        (booked_source(line_source), month, part.delivery_id): line_source
        for (line_source, month), delivery in sorted(keep_books(ledger).shown.items(), reverse=True)
        for part in ledger.parts(delivery)
    }


def booked_source(line_source_name: str) -> str:
    """Name the source of a line source."""
    return line_source_name.partition("/")[0]


def month_after(month: date) -> date:
    """Give the first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _entries(month: date, newest: Delivery, closed: dict[date, Close]) -> list[Entry]:
    """Book one bill: what closed months have of it stays; the rest goes to its own month, or to the open one."""
    fixed = [entry for close in closed.values() for entry in close.entries if entry.billing_month == month]
    rest = Counter({newest.delivery_id: 1})
    for entry in fixed:
        rest[entry.delivery_id] -= entry.sign
    posted = month
    while posted in closed:
        posted = month_after(posted)
    fixed += [Entry(month, posted, name, sign) for name, sign in rest.items() if sign]
    return sorted(fixed)


def _booked_delivery(
    entries: list[Entry], month: date, known: dict[tuple[str, date, str], Delivery], source: str
) -> Delivery | None:
    """Find the delivery whose lines stand in the bill's own month; None where all came after that was closed."""
    own = [
        known[source, month, entry.delivery_id] for entry in entries if entry.posted_month == month and entry.sign > 0
    ]
    return max(own, key=lambda item: item.arrival, default=None)


def _same_books(other: Entry, entry: Entry) -> bool:
    return other.posted_month == entry.posted_month and other.sign > 0
