"""The ledger: one small file per fact under `state/`, and what follows from them (which delivery is current).

A delivery's file is written last, after its raw files are in their place: what is in the ledger is complete.
Facts are only ever added. Nothing about the content of exports is known here.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from orchestration.errors import FinopsError
from orchestration.landing.closes import CLOSED, Close
from orchestration.landing.facts.records import FactDelivery
from orchestration.landing.records import SCHEMA_VERSION, Delivery, Pending, Rejection, from_json, to_json
from orchestration.sources import REPLACEMENT, Source, load_sources

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from orchestration.settings import Settings

_JOURNAL = ".commit-"
_WITHDRAWN = ".withdrawn"


@dataclass
class Ledger:
    """All facts of the sources that `sources.yml` names."""

    sources: list[Source]
    deliveries: list[Delivery] = field(default_factory=list)
    facts: list[FactDelivery] = field(default_factory=list)
    """Deliveries of facts of the business, which have no billing month."""
    rejections: list[Rejection] = field(default_factory=list)
    """Those that still stand: nothing good and newer has come, and the bad files are still there."""
    pending: list[Pending] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    """Every close and every reopening, in the order in which they came."""

    def history(self) -> dict[tuple[str, date], list[Delivery]]:
        """List the deliveries of each (source, month), the current one last.

        In the provider's order where the newest replaces the others; where each one adds to what was there, in the
        order in which they were taken, after those that had replaced each other before the source was said to add.
        """
        months: dict[tuple[str, date], list[Delivery]] = defaultdict(list)
        adding = self.adding
        for delivery in sorted(self.deliveries, key=lambda item: item.arrival):
            months[delivery.source_name, delivery.billing_month].append(delivery)
        return {
            key: _in_turn(deliveries) if key[0] in adding else _in_providers_order(deliveries)
            for key, deliveries in months.items()
        }

    @property
    def adding(self) -> set[str]:
        """The sources whose deliveries add lines to those before, instead of replacing them."""
        return {source.name for source in self.sources if source.corrections != REPLACEMENT}

    def parts(self, delivery: Delivery) -> list[Delivery]:
        """List the deliveries that make up a bill as it stood with this one: it alone, or all that came until then.

        Of those that had replaced each other before the source was said to add, the last one is the first part.
        """
        if delivery.source_name not in self.adding or delivery.replaces:
            return [delivery]
        until = self.history()[delivery.source_name, delivery.billing_month]
        until = until[: [item.delivery_id for item in until].index(delivery.delivery_id) + 1]
        return until[max((place for place, item in enumerate(until) if item.replaces), default=0) :]

    def counting(self) -> dict[str, list[Delivery]]:
        """List the deliveries that make up the bills of each source as they stand now."""
        found: dict[str, list[Delivery]] = defaultdict(list)
        for (name, _), newest in self.current().items():
            found[name] += self.parts(newest)
        return found

    def closed(self) -> dict[tuple[str, date], Close]:
        """Give the close of each (source, month) that is closed."""
        newest = {(close.source_name, close.month): close for close in self.closes}
        return {key: close for key, close in newest.items() if close.state == CLOSED}

    def current(self) -> dict[tuple[str, date], Delivery]:
        """Give the delivery that counts for each (source, month): the newest that was taken."""
        return {key: deliveries[-1] for key, deliveries in self.history().items()}

    def of_source(self, name: str) -> list[Delivery]:
        """List the deliveries of one source in the order in which they were taken."""
        return sorted((d for d in self.deliveries if d.source_name == name), key=lambda item: item.arrival)

    def newest(self, name: str) -> Delivery | None:
        """Give the newest delivery of one source, whatever its month."""
        ordered = _in_providers_order(self.of_source(name))
        return ordered[-1] if ordered else None

    def facts_of(self, name: str, format_name: str) -> list[FactDelivery]:
        """List the deliveries of a source of facts in the order in which they were taken; the last one is current."""
        taken = [d for d in self.facts if (d.source_name, d.format) == (name, format_name)]
        return sorted(taken, key=lambda item: item.arrival)

    def current_facts(self) -> dict[str, FactDelivery]:
        """Give the delivery that counts for each source of facts: the newest that was taken."""
        taken = {source.name: self.facts_of(source.name, source.format) for source in self.sources}
        return {name: deliveries[-1] for name, deliveries in taken.items() if deliveries}


def _in_turn(taken: list[Delivery]) -> list[Delivery]:
    """Order what adds up: by arrival, but in the provider's order what was taken in a row as replacing each other."""
    runs = groupby(taken, key=lambda item: item.replaces)
    return [item for replaces, run in runs for item in (_in_providers_order(list(run)) if replaces else run)]


def _in_providers_order(taken: list[Delivery]) -> list[Delivery]:
    """Order by stamp what was taken in a row under one order basis; of another basis, what arrived later counts."""
    runs = groupby(taken, key=lambda item: item.order_basis)
    return [delivery for _, run in runs for delivery in sorted(run, key=lambda item: item.order_key)]


def load_ledger(settings: Settings) -> Ledger:
    """Read the facts of every source in `sources.yml`; a source that is no longer named there is left out."""
    sources = load_sources(settings)
    ledger = Ledger(sources)
    for source in sources:
        ledger.deliveries += _read_deliveries(settings, source.name)
        ledger.facts += _read_facts(settings, source.name)
        ledger.closes += _read_closes(settings, source.name)
    months = ledger.history()
    for source in sources:
        ledger.rejections += [
            rejection
            for rejection in _read_rejections(settings, source.name)
            if not _is_settled(
                rejection, months, [*ledger.of_source(source.name), *ledger.facts_of(source.name, source.format)]
            )
        ]
    ledger.pending = [item for item in _read_pending(settings) if item.source_name in {s.name for s in sources}]
    return ledger


def commit(settings: Settings, deliveries: list[Delivery]) -> None:
    """Record the deliveries of one snapshot, all or none even if the process is killed in between.

    With several months a journal is put in place first: `roll_forward` writes what a killed run left out.
    """
    if not deliveries:
        return
    journal = None
    if len(deliveries) > 1:
        first = deliveries[0]
        journal = _source_dir(settings, first.source_name) / f"{_JOURNAL}{first.delivery_id}.json"
        write_json(journal, {"deliveries": [to_json(delivery) for delivery in deliveries]})
    for delivery in deliveries:
        write_json(_delivery_path(settings, delivery), to_json(delivery))
    if journal is not None:
        journal.unlink()


def record_facts(settings: Settings, delivery: FactDelivery) -> None:
    """Record one delivery of facts."""
    write_json(_facts_dir(settings, delivery.source_name) / f"{delivery.delivery_id}.json", to_json(delivery))


def record_close(settings: Settings, close: Close) -> Path:
    """Record that a month was closed or reopened."""
    folder = _closes_dir(settings, close.source_name) / close.month.isoformat()
    path = folder / f"{close.at:%Y%m%dT%H%M%S%fZ}.json"
    write_json(path, to_json(close))
    return path


def record_closes(settings: Settings, closes: list[Close]) -> None:
    """Record what one command closed or reopened, all or none even if the process is killed in between."""
    journal = None
    if len(closes) > 1:
        journal = settings.state_dir / "closes" / f"{_JOURNAL}{closes[0].at:%Y%m%dT%H%M%S%fZ}.json"
        write_json(journal, {"closes": [to_json(close) for close in closes]})
    for close in closes:
        record_close(settings, close)
    if journal is not None:
        journal.unlink()


def roll_forward(settings: Settings) -> None:
    """Finish the snapshots and closes that a killed process had begun to record."""
    for journal in sorted((settings.state_dir / "closes").glob(f"{_JOURNAL}*.json")):
        for content in _read_json(journal)["closes"]:
            record_close(settings, from_json(Close, content))
        journal.unlink()
    for journal in sorted((settings.state_dir / "deliveries").glob(f"*/{_JOURNAL}*.json")):
        for content in _read_json(journal)["deliveries"]:
            delivery = from_json(Delivery, content)
            write_json(_delivery_path(settings, delivery), to_json(delivery))
        journal.unlink()


def record_rejection(settings: Settings, rejection: Rejection) -> None:
    """Record that a delivery was not taken."""
    write_json(_rejection_path(settings, rejection), to_json(rejection))


def withdraw_rejection(settings: Settings, rejection: Rejection, at: str) -> None:
    """Record that the files of a rejected delivery are no longer there."""
    path = _rejection_path(settings, rejection)
    write_json(path.with_suffix(f"{_WITHDRAWN}.json"), {"schema_version": SCHEMA_VERSION, "withdrawn_at": at})


def record_pending(settings: Settings, pending: list[Pending]) -> None:
    """Note what is still being written, as seen by this run; the next run replaces it."""
    write_json(_pending_path(settings), {"pending": [to_json(item) for item in pending]})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a fact so that it is there whole or not at all, and survives a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, ensure_ascii=False, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _source_dir(settings: Settings, source_name: str) -> Path:
    return settings.state_dir / "deliveries" / source_name


def _facts_dir(settings: Settings, source_name: str) -> Path:
    return _source_dir(settings, source_name) / "facts"


def _closes_dir(settings: Settings, source_name: str) -> Path:
    return settings.state_dir / "closes" / source_name


def _delivery_path(settings: Settings, delivery: Delivery) -> Path:
    folder = _source_dir(settings, delivery.source_name) / delivery.billing_month.isoformat()
    return folder / f"{delivery.delivery_id}.json"


def _rejection_path(settings: Settings, rejection: Rejection) -> Path:
    return settings.state_dir / "rejections" / rejection.source_name / f"{rejection.rejection_id}.json"


def _pending_path(settings: Settings) -> Path:
    return settings.raw_dir / "pending.json"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FinopsError(
            f"The ledger file '{path}' cannot be read ({error}); restore it from a backup of the state folder."
        ) from None
    version = content.get("schema_version", SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        raise FinopsError(
            f"The ledger file '{path}' was written by a newer version of this program (schema {version}, this one "
            f"knows {SCHEMA_VERSION}); update the program."
        )
    return content


def _read_deliveries(settings: Settings, source_name: str) -> list[Delivery]:
    folder = _source_dir(settings, source_name)
    return [from_json(Delivery, _read_json(path)) for path in sorted(folder.glob("[0-9]*/[!.]*.json"))]


def _read_facts(settings: Settings, source_name: str) -> list[FactDelivery]:
    folder = _facts_dir(settings, source_name)
    return [from_json(FactDelivery, _read_json(path)) for path in sorted(folder.glob("[!.]*.json"))]


def _read_closes(settings: Settings, source_name: str) -> list[Close]:
    folder = _closes_dir(settings, source_name)
    found = [from_json(Close, _read_json(path)) for path in folder.glob("[0-9]*/[!.]*.json")]
    return sorted(found, key=lambda item: item.at)


def _read_rejections(settings: Settings, source_name: str) -> list[Rejection]:
    folder = settings.state_dir / "rejections" / source_name
    return [
        from_json(Rejection, _read_json(path))
        for path in sorted(folder.glob("[!.]*.json"))
        if not path.stem.endswith(_WITHDRAWN) and not path.with_suffix(f"{_WITHDRAWN}.json").exists()
    ]


def _read_pending(settings: Settings) -> list[Pending]:
    path = _pending_path(settings)
    return [from_json(Pending, item) for item in _read_json(path)["pending"]] if path.exists() else []


def _is_settled(
    rejection: Rejection, months: dict[tuple[str, date], list[Delivery]], taken: list[Delivery | FactDelivery]
) -> bool:
    """Say whether something good and newer has come in place of a rejected delivery."""
    if rejection.billing_month is not None:
        newest = months.get((rejection.source_name, rejection.billing_month), [])[-1:]
        return any(
            (delivery.order_stamp, delivery.loaded_at) > (rejection.order_stamp, rejection.seen_at)
            if delivery.order_basis == rejection.order_basis
            else delivery.loaded_at > rejection.seen_at
            for delivery in newest
        )
    return any(delivery.loaded_at > rejection.seen_at for delivery in taken)
