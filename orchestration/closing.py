"""Closing and reopening a month on purpose: `python -m orchestration.close` and `python -m orchestration.reopen`.

Belongs here: the two commands, what may be closed, and what a close pins: the entries that the served publication has
in the books of that month. What later deliveries then do is in `landing/books.py`. Nothing is built; the next run
publishes the close itself.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.clock import made_up_moment
from orchestration.errors import FinopsError
from orchestration.landing.books import month_after, newest_delivery
from orchestration.landing.closed_rates import keep_rates
from orchestration.landing.closed_rules import keep_rules
from orchestration.landing.closes import CLOSED, REOPENED, Close, Entry
from orchestration.landing.delivery import now
from orchestration.landing.ledger import Ledger, load_ledger, record_closes, roll_forward
from orchestration.lock import run_lock
from orchestration.publish import last_publication
from orchestration.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def close_month(settings: Settings, month: date, by: str, why: str, source: str | None = None) -> list[Close]:
    """Close a month of one source, or of every source that has it; FinopsError if there is nothing to close."""
    made_up = made_up_moment(settings)
    today = (made_up or now()).date()
    if month_after(month) > today:
        whose = ", the day of the made-up company" if made_up else ""
        raise FinopsError(
            f"{month:%Y-%m} is not over yet (today is {today:%Y-%m-%d} UTC{whose}), so its bill is not complete; close "
            "it when it is over and the final bill has been published."
        )
    ledger = load_ledger(settings)
    _check(ledger, source, by, why)
    publication = _publication(settings)
    closed = ledger.closed()
    names = [source] if source else sorted({item.name for item in ledger.sources})
    facts, rules = [], ""
    for name in names:
        entries = published_entries(publication, name, month)
        standing = closed.get((name, month))
        if source and standing:
            raise FinopsError(
                f"{month:%Y-%m} of {name} was closed already, at {standing.at:%Y-%m-%d %H:%M} UTC by {standing.by} "
                f"({standing.why}). To let a newer delivery count, reopen it first and close it again after a run."
            )
        if entries and not standing:
            at, rules = _moment(ledger, name), rules or keep_rules(settings, month)
            fact = Close(name, month, CLOSED, at, by, why, publication["id"], entries, rules)
            facts.append(replace(fact, rate_count=keep_rates(settings, fact, Path(publication["folder"]))))
    if not facts:
        raise FinopsError(
            f"There is nothing to close: the publication {publication['id']} has no month {month:%Y-%m} of "
            f"{source or 'any source'} that is still open. A month must have been published before it can be closed."
        )
    record_closes(settings, facts)
    return facts


def reopen_month(settings: Settings, month: date, by: str, why: str, source: str | None = None) -> list[Close]:
    """Reopen a month of one source, or of every source that has it closed; FinopsError if none has."""
    ledger = load_ledger(settings)
    _check(ledger, source, by, why)
    names = sorted(name for name, of in ledger.closed() if of == month and source in (None, name))
    if not names:
        raise FinopsError(f"There is nothing to reopen: {month:%Y-%m} of {source or 'any source'} is not closed.")
    publication, facts = _publication(settings), []
    for name in names:
        at = _moment(ledger, name)
        facts.append(Close(name, month, REOPENED, at, by, why, publication["id"]))
    record_closes(settings, facts)
    return facts


def published_entries(publication: dict[str, Any], source: str, month: date) -> list[Entry]:
    """List what a publication has in the books of one month of a source."""
    told = [item for item in publication.get("books", []) if item["source_name"] == source]
    entries = [
        Entry(
            date.fromisoformat(item["billing_month"]),
            date.fromisoformat(item["posted_month"]),
            item["delivery_id"],
            int(item["sign"]),
        )
        for item in told
    ]
    simple = publication["inputs"].get(source, {})
    if month.isoformat() in simple and not any(entry.billing_month == month for entry in entries):
        newest = newest_delivery(simple[month.isoformat()])
        entries.append(Entry(month, month, newest, 1))
    return sorted(entry for entry in entries if entry.posted_month == month)


def main(command: str, arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; exit code 1 with one paragraph if it cannot be done."""
    parser = argparse.ArgumentParser(prog=f"python -m orchestration.{command}")
    parser.add_argument("month", metavar="2026-09", help="the month of the bill and of the books")
    parser.add_argument("--source", help="one source of sources.yml; default: every source that has the month")
    parser.add_argument("--by", required=True, metavar="NAME", help="who decides it")
    parser.add_argument("--why", required=True, metavar="TEXT", help="the reason, kept for ever")
    chosen = parser.parse_args(arguments)
    act = {"close": close_month, "reopen": reopen_month}[command]
    try:
        settings, month = Settings.from_env(), _month(chosen.month)
        with run_lock(settings):
            roll_forward(settings)
            facts = act(settings, month, chosen.by.strip(), chosen.why.strip(), chosen.source)
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    for fact in facts:
        pinned = f", with delivery {fact.delivery_id}" if fact.delivery_id else ""
        print(f"{fact.source_name} {fact.month:%Y-%m}: {fact.state}{pinned}")
    print("The next run publishes it.")
    return 0


def _month(text: str) -> date:
    match = _MONTH.fullmatch(text.strip())
    if not match:
        raise FinopsError(f"'{text}' is not a month; write it as 2026-09.")
    return date(int(match[1]), int(match[2]), 1)


def _moment(ledger: Ledger, source: str) -> datetime:
    """Order must not depend on a clock that was set back."""
    newest = max((fact.at for fact in ledger.closes if fact.source_name == source), default=None)
    return now() if newest is None else max(now(), newest + timedelta(microseconds=1))


def _publication(settings: Settings) -> dict[str, Any]:
    publication = last_publication(settings)
    if publication is None:
        raise FinopsError(f"Nothing has been published in {settings.home} yet, so there is no month to close.")
    return publication


def _check(ledger: Ledger, source: str | None, by: str, why: str) -> None:
    names = [item.name for item in ledger.sources]
    if source is not None and source not in names:
        raise FinopsError(f"There is no source '{source}' in sources.yml; it has: {', '.join(names)}.")
    if not by or not why:
        raise FinopsError("A close is kept for ever with who decided it and why: give --by and --why, neither empty.")
