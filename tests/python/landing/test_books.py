"""The books: whatever is delivered, closed and reopened in any order, closed numbers stand and sums are the bill."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.closing import published_entries
from orchestration.errors import FinopsError
from orchestration.landing.books import Books, keep_books, month_after
from orchestration.landing.closes import CLOSED, REOPENED, Close
from orchestration.landing.ledger import Ledger
from orchestration.sources import Source

MONTHS = (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
BEGIN = datetime(2027, 3, 1)  # noqa: DTZ001  (the warehouse keeps UTC without a zone)


@dataclass
class Company:
    """A ledger of one source, and what a reader last saw of it."""

    corrections: str = "replacement"
    costs: dict[str, Decimal] = field(default_factory=dict)
    ledger: Ledger = field(init=False)
    seen: dict[str, Any] = field(default_factory=lambda: {"inputs": {}, "books": []})
    frozen: dict[date, Decimal] = field(default_factory=dict)
    """By closed month: what it showed when it was closed."""

    def __post_init__(self) -> None:
        """Begin with an empty ledger."""
        self.ledger = Ledger([Source("saas", "focus", "/nowhere", self.corrections)])

    def deliver(self, month: date, cost: Decimal) -> None:
        """Take a delivery into the ledger; its cost is that of its own lines."""
        number = len(self.costs) + 1
        name, stamp = f"d{number:03d}", BEGIN + timedelta(hours=number)
        self.costs[name] = cost
        self.ledger.deliveries.append(
            SimpleNamespace(
                source_name="saas",
                billing_month=month,
                delivery_id=name,
                arrival=number,
                order_basis="manifest",
                order_key=(stamp, number),
                replaces="saas" not in self.ledger.adding,
            )
        )

    def publish(self) -> None:
        """Let readers see the books as they are."""
        books = keep_books(self.ledger)
        self.seen = {"inputs": books.inputs(), "books": books.late_entries()}

    def close(self, month: date) -> None:
        """Close a month that readers have seen."""
        entries = published_entries(self.seen, "saas", month)
        if entries and ("saas", month) not in self.ledger.closed():
            self._record(month, CLOSED, entries)
            self.frozen[month] = self.posted().get(month, Decimal(0))

    def reopen(self, month: date) -> None:
        """Reopen a closed month."""
        if ("saas", month) in self.ledger.closed():
            self._record(month, REOPENED, [])
            del self.frozen[month]

    def _record(self, month: date, state: str, entries: list[Any]) -> None:
        at = BEGIN + timedelta(days=len(self.ledger.closes))
        self.ledger.closes.append(Close("saas", month, state, at, "Ada", "due", "p1", entries))

    def bill(self, delivery: Any) -> Decimal:  # noqa: ANN401
        """Sum a bill as it stood with this delivery."""
        return sum((self.costs[part.delivery_id] for part in self.ledger.parts(delivery)), Decimal(0))

    def state(self, month: date, delivery_id: str) -> Decimal:
        """Sum the same by its name."""
        return self.bill(
            next(d for d in self.ledger.deliveries if (d.billing_month, d.delivery_id) == (month, delivery_id))
        )

    def posted(self) -> dict[date, Decimal]:
        """Sum the books by posted month."""
        sums: dict[date, Decimal] = {}
        for (_, month), entries in keep_books(self.ledger).entries.items():
            for entry in entries:
                cost = entry.sign * self.state(month, entry.delivery_id)
                sums[entry.posted_month] = sums.get(entry.posted_month, Decimal(0)) + cost
        return sums


costs = st.decimals(-(10**6), 10**6, places=9)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.sampled_from(MONTHS), costs),
        st.tuples(st.sampled_from(["close", "reopen"]), st.sampled_from(MONTHS)),
        st.tuples(st.just("publish")),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(steps, st.sampled_from(["replacement", "delta", "ledger"]))
def test_closed_numbers_stand_and_sums_are_the_bill(taken: list[tuple[Any, ...]], corrections: str) -> None:
    company = Company(corrections)
    for name, *arguments in taken:
        before = company.posted()
        if name == "close":
            company.publish()  # a reader sees what is closed
        getattr(company, name)(*arguments)
        if name == "close":
            assert company.posted() == before  # to close changes no number
        books, posted = keep_books(company.ledger), company.posted()
        assert {month: posted.get(month, Decimal(0)) for month in company.frozen} == company.frozen
        for (_, month), newest in company.ledger.current().items():
            entries = books.entries["saas", month]
            total = sum(entry.sign * company.state(month, entry.delivery_id) for entry in entries)
            assert total == company.bill(newest)
            assert_lines_follow(books, company, month)


def assert_lines_follow(books: Books, company: Company, month: date) -> None:
    """Booked lines plus signed differences are the same bill, and every line source that they name is shown."""
    booked = books.booked.get(("saas", month))  # none where the whole bill came after its month was closed
    total = company.bill(booked) if booked else Decimal(0)
    for difference in books.differences:
        if difference.billing_month == month:
            delivery = books.shown[difference.line_source_name, month]
            total += difference.sign * company.bill(delivery)
    assert total == company.bill(company.ledger.current()["saas", month])


@settings(deadline=None, max_examples=60)
@given(steps)
def test_what_was_not_published_is_not_closed(taken: list[tuple[Any, ...]]) -> None:
    """A delivery that only landed enters the open month, even if it came before the close."""
    company = Company()
    for name, *arguments in taken:
        shown = dict(company.seen["inputs"].get("saas", {}))
        getattr(company, name)(*arguments)
        if name == "close" and arguments[0] in company.frozen:
            close = company.ledger.closed()["saas", arguments[0]]
            pinned = close.delivery_id
            assert pinned is None or shown.get(arguments[0].isoformat()) == pinned


def test_the_story_of_the_docstring() -> None:
    september, october, november = MONTHS[:3]
    company = Company()
    company.deliver(september, Decimal(100))
    company.publish()
    company.close(september)
    company.deliver(september, Decimal(90))
    assert company.posted() == {september: 100, october: -10}
    company.deliver(october, Decimal(200))
    company.publish()
    company.close(october)
    company.deliver(september, Decimal(95))
    assert company.posted() == {september: 100, october: 190, november: 5}
    company.reopen(september)  # October stays closed, with its difference
    assert company.posted() == {september: 105, october: 190}
    company.reopen(october)
    assert company.posted() == {september: 95, october: 200}


def test_the_year_turns() -> None:
    assert [month_after(date(2026, month, 1)) for month in (1, 11, 12)] == [
        date(2026, 2, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


def test_a_delivery_that_is_closed_and_gone_is_told() -> None:
    company = Company()
    company.deliver(MONTHS[0], Decimal(1))
    company.publish()
    company.close(MONTHS[0])
    company.ledger.deliveries.clear()
    company.deliver(MONTHS[0], Decimal(2))
    company.ledger.deliveries[0].delivery_id = "d009"
    with pytest.raises(FinopsError, match=r"d001 of 2026-11 .* no longer knows it"):
        keep_books(company.ledger)
