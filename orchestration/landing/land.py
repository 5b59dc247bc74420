"""The landing: look at every source, take what is new, refuse what is bad, leave the rest alone.

The one entry for a run. How one delivery is taken is in `delivery.py`; what is current follows in `ledger.py`.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb

from orchestration import stops
from orchestration.clock import moment
from orchestration.errors import DeliveryElsewhere, DeliveryPending, DeliveryRejected, DeliveryUnreachable, FinopsError
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.books import keep_books
from orchestration.landing.candidates import Candidate
from orchestration.landing.delivery import Inspect, clean_up, comparable, now, order_stamp, take_delivery
from orchestration.landing.discover import discover
from orchestration.landing.engine import first_line, is_shortage
from orchestration.landing.facts.records import FactDelivery
from orchestration.landing.facts.take import take_facts
from orchestration.landing.in_place import take_in_place
from orchestration.landing.ledger import (
    Ledger,
    load_ledger,
    record_pending,
    record_rejection,
    withdraw_rejection,
    write_json,
)
from orchestration.landing.records import Delivery, Pending, Rejection
from orchestration.landing.reuse import code_version
from orchestration.landing.suspicions import is_ahead, vanished_months
from orchestration.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from orchestration.landing.in_place import Look
    from orchestration.settings import Settings
    from orchestration.sources import Source

_NOW_COMING = datetime.max  # noqa: DTZ901 - naive, like every stamp


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery. `billing_month` is None where only the rows could have told it."""

    source_name: str
    billing_month: date | None
    message: str
    delivery: Delivery | FactDelivery | None = None
    is_new: bool = True
    """False for a rejection that an earlier run has announced already."""


@dataclass
class LandingResult:
    """What one run of the landing did."""

    new: list[Outcome] = field(default_factory=list)
    rejected: list[Outcome] = field(default_factory=list)
    pending: list[Outcome] = field(default_factory=list)
    unchanged: list[Outcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What is odd about what counts now, each in a paragraph that names the source."""


def land(
    settings: Settings,
    months: Collection[date] | None = None,
    inspect: Inspect | None = None,
    look: Look | None = None,
) -> LandingResult:
    """Take every new delivery of every source; only one run at a time may do so (the caller holds the lock).

    `months`: first days of the months to look at, None for all; a bare folder is one snapshot and is always taken
    whole. `inspect` judges each delivery before it is recorded. `look` finds the tables that are read in place, where
    the engine can do that. FinopsError if the machine lacks memory or disk, and
    under `settings.strict` if anything was rejected.
    """
    clean_up(settings)
    ledger = load_ledger(settings)
    run = _Run(settings, ledger, inspect, look)
    try:
        for source in ledger.sources:
            run.source(source, months)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise FinopsError(_no_space(settings)) from error
    except duckdb.OutOfMemoryException as error:
        raise FinopsError(
            f"The landing needs more memory than FINOPS_MEMORY_LIMIT={settings.memory_limit} ({first_line(error)}); "
            "raise it, or free memory. Nothing of this delivery was kept."
        ) from error
    except duckdb.Error as error:
        if not is_shortage(error):
            raise
        raise FinopsError(_no_space(settings)) from error
    record_pending(settings, run.pending)
    if settings.strict and run.result.rejected:
        reasons = " ".join(outcome.message for outcome in run.result.rejected)
        raise FinopsError(f"FINOPS_STRICT=1, so what was rejected stops the run. {reasons}")
    return run.result


def prune_raw(settings: Settings) -> list[str]:
    """Delete raw folders that no month needs, as current, previous or closed, and older than `raw_keep_days`.

    To be called after a publication. The ledger keeps everything but the lines. Gives the folders that were deleted.
    """
    ledger = load_ledger(settings)
    oldest = now() - timedelta(days=settings.raw_keep_days)
    kept = {delivery.raw_folder for delivery in ledger.deliveries if delivery.loaded_at >= oldest}
    for deliveries in ledger.history().values():
        kept |= {delivery.raw_folder for delivery in deliveries[-2:]}
    for delivery in keep_books(ledger).shown.values():  # what is pinned by a close, and what adds to it
        kept |= {part.raw_folder for part in ledger.parts(delivery)}
    kept |= {delivery.raw_folder for delivery in ledger.facts if delivery.loaded_at >= oldest}
    for name, current in ledger.current_facts().items():
        kept |= {delivery.raw_folder for delivery in ledger.facts_of(name, current.format)[-2:]}
    deleted = []
    for folder in sorted({delivery.raw_folder for delivery in (*ledger.deliveries, *ledger.facts)} - kept):
        if (settings.raw_dir / folder).is_dir():
            shutil.rmtree(settings.raw_dir / folder)
            deleted.append(folder)
    return deleted


class _Run:
    """The state of one run: what it did so far, and what the ledger holds by now."""

    def __init__(self, settings: Settings, ledger: Ledger, inspect: Inspect | None, look: Look | None) -> None:
        self.settings, self.ledger, self.inspect, self.look = settings, ledger, inspect, look
        self.result = LandingResult()
        self.pending: list[Pending] = []
        self._seen = _SeenBefore(settings)
        self._moment = moment(settings)

    def source(self, source: Source, months: Collection[date] | None) -> None:
        """Look at one source."""
        if source.table:
            self._in_place(source, months)
            return
        discovery = discover(source)
        by_month: dict[date | None, list[Candidate]] = defaultdict(list)
        for candidate in discovery.candidates:
            if months is None or candidate.billing_month is None or candidate.billing_month in months:
                by_month[candidate.billing_month].append(candidate)
        for candidates in by_month.values():
            self._month(candidates)
        for item in discovery.pending:
            if months is None or item.billing_month is None or item.billing_month in months:
                self._wait(item)
        if not discovery.is_complete:
            return
        is_snapshot = all(candidate.billing_month is None for candidate in discovery.candidates)
        if discovery.candidates and is_snapshot and source.name not in self.ledger.adding:
            self.result.warnings += filter(None, [vanished_months(self.ledger, source)])
        self._withdraw(source, {candidate.signature for candidate in discovery.candidates})

    def _withdraw(self, source: Source, present: Collection[str]) -> None:
        """Forget the rejections of what is there no more."""
        for rejection in list(self.ledger.rejections):
            if rejection.source_name == source.name and rejection.signature not in present:
                withdraw_rejection(self.settings, rejection, now().isoformat())
                self.ledger.rejections.remove(rejection)

    def _in_place(self, source: Source, months: Collection[date] | None) -> None:
        """Take what has changed in a table that is read where it is."""
        if self.look is None:
            raise FinopsError(
                f"Source {source.name}: a table is read in place by `python -m orchestration.bigquery` alone."
            )
        try:
            table = self.look(source)
            key = f"{table.signature}:{code_version()[:16]}"
            if self._seen.fingerprint(key) and self.ledger.newest(source.name):
                taken, warnings = [], []
            else:
                taken, warnings = take_in_place(self.settings, self.ledger, source, table, self.inspect, months)
        except DeliveryRejected as error:
            rejected = Candidate(source, None, [], problem=str(error))
            self._reject(rejected, error)
            self._withdraw(source, {rejected.signature})
            return
        if months is None:
            self._seen.note(key, "taken")
        self._withdraw(source, ())
        self.result.warnings += warnings
        for delivery in taken:
            message = f"{counted(delivery.row_count, 'line')}, read in place"
            self.result.new.append(Outcome(source.name, delivery.billing_month, message, delivery))
        new = {delivery.billing_month for delivery in taken}
        for (name, month), delivery in sorted(self.ledger.current().items()):
            if name == source.name and month not in new:
                self.result.unchanged.append(Outcome(name, month, "nothing new", delivery))

    def _month(self, candidates: list[Candidate]) -> None:
        """Take the newest delivery of a month; at first sight also the one before it, to tell what has changed.

        Where deliveries add to each other, take all of them, the oldest first.
        """
        first = candidates[0]
        if first.source.name in self.ledger.adding:
            for candidate in reversed(candidates):
                if not self._is_unchanged(candidate):
                    self._take(candidate)
            return
        current = self.ledger.current().get((first.source.name, first.billing_month))
        wanted = 1 if current or self._is_ahead(first) else 2
        for candidate in self._newest_first(candidates):
            if wanted == 0 or self._is_unchanged(candidate):
                break
            if current and current.is_newer_than(candidate.order_basis, self._written(candidate)):
                self._note_older(candidate, current)
                break
            wanted -= self._take(candidate)

    def _newest_first(self, candidates: list[Candidate]) -> list[Candidate]:
        """Put candidates of one month, newest first by their stamps, in the order in which they count."""
        if not any(map(self._is_ahead, candidates)):
            return candidates
        return sorted(candidates, key=lambda item: str(self._written(item) or ""), reverse=True)

    def _written(self, candidate: Candidate) -> datetime | None:
        """Tell when the provider wrote a delivery; of one with a stamp in the future, when it came, or comes now."""
        if not self._is_ahead(candidate):
            return candidate.provider_stamp
        taken = [item.order_stamp for item in self._comparable(candidate) if isinstance(item, Delivery)]
        return max(taken, default=_NOW_COMING)

    def _is_ahead(self, candidate: Candidate) -> bool:
        return candidate.provider_stamp is not None and is_ahead(candidate.provider_stamp, self._moment)

    def _is_unchanged(self, candidate: Candidate) -> bool:
        """Tell by names, sizes and times alone that there is nothing to read."""
        signature = candidate.signature
        if candidate.source.name in self.ledger.adding and self._seen.fingerprint(signature):
            return True  # nothing but files that count already
        for delivery in self._comparable(candidate):
            if signature == delivery.signature or self._seen.fingerprint(signature) == delivery.fingerprint:
                self._note_unchanged(candidate)
                return True
        return False

    def _comparable(self, candidate: Candidate) -> Sequence[Delivery | FactDelivery]:
        """List the recorded deliveries that a candidate repeats if it is equal to one of them."""
        source = candidate.source
        if source.format in SNAPSHOTS:
            return self.ledger.facts_of(source.name, source.format)[-1:]
        return comparable(self.ledger, candidate)

    def _take(self, candidate: Candidate) -> bool:
        """Take one candidate; True if it is in the ledger afterwards."""
        if self._seen.fingerprint(_verdict_key(candidate)) and self._announce_again(candidate):
            return False
        told: list[str] = []
        try:
            if candidate.problem:
                raise DeliveryRejected(f"{candidate.where}: {candidate.problem}", file=candidate.problem_file)
            if candidate.source.format in SNAPSHOTS:
                taken = take_facts(self.settings, self.ledger, candidate)
            else:
                taken, told = take_delivery(self.settings, self.ledger, candidate, self.inspect, self._moment)
        except DeliveryRejected as error:
            self._reject(candidate, error)
            # The verdict on facts may depend on other sources of them, so that it is not kept.
            if (
                not isinstance(error, DeliveryUnreachable | DeliveryElsewhere)
                and candidate.source.format not in SNAPSHOTS
            ):
                self._seen.note(_verdict_key(candidate), "rejected")
            return False
        except PermissionError as error:
            reason = f"{candidate.where}: '{error.filename}' cannot be read (permission denied); allow reading it."
            self._reject(candidate, DeliveryRejected(reason, file=str(error.filename)))
            return False
        except DeliveryPending as error:
            source = candidate.source
            self._wait(Pending(source.name, source.format, candidate.billing_month, str(error)))
            return False
        self.result.warnings += told
        if isinstance(taken, str):
            self._seen.note(candidate.signature, taken)
            self._note_unchanged(candidate)
        elif isinstance(taken, FactDelivery):
            message = f"{counted(taken.row_count, 'row')} from {counted(len(taken.files), 'file')}"
            self.result.new.append(Outcome(taken.source_name, None, message, taken))
            self.result.warnings += [f"{taken.source_name}: {text}" for text in taken.warnings]
        else:
            for delivery in taken:
                message = f"{counted(delivery.row_count, 'line')} from {counted(len(delivery.files), 'file')}"
                self.result.new.append(Outcome(delivery.source_name, delivery.billing_month, message, delivery))
        return True

    def _note_unchanged(self, candidate: Candidate) -> None:
        for delivery in self._comparable(candidate)[-1:]:
            for month in [None] if isinstance(delivery, FactDelivery) else delivery.months:
                self.result.unchanged.append(Outcome(candidate.source.name, month, "nothing new", delivery))

    def _note_older(self, candidate: Candidate, current: Delivery) -> None:
        message = (
            f"the newest delivery there is of {candidate.provider_stamp}, older than the one that counts "
            f"({current.order_stamp}); it is left alone"
        )
        self.result.unchanged.append(Outcome(candidate.source.name, candidate.billing_month, message, current))

    def _wait(self, item: Pending) -> None:
        self.pending.append(item)
        self.result.pending.append(Outcome(item.source_name, item.billing_month, item.message))

    def _reject(self, candidate: Candidate, error: DeliveryRejected) -> None:
        """Record a rejection, unless the same files were rejected before and nothing has come since."""
        stops.refuse()
        source, signature, seen_at = candidate.source, candidate.signature, now()
        if self._announce_again(candidate):
            return
        message = f"{error} {self._meanwhile(candidate)}"
        rejection = Rejection(
            source_name=source.name,
            format=source.format,
            rejection_id=f"{seen_at:%Y%m%dT%H%M%S%fZ}-{signature[:8]}",
            signature=signature,
            billing_month=candidate.billing_month,
            order_basis=candidate.order_basis,
            order_stamp=order_stamp(self.ledger, candidate, self._moment),
            provider_stamp=candidate.provider_stamp,
            seen_at=seen_at,
            message=message,
            file=error.file,
            file_count=len(candidate.files),
            byte_count=candidate.byte_count,
        )
        record_rejection(self.settings, rejection)
        self.ledger.rejections.append(rejection)
        self.result.rejected.append(Outcome(source.name, candidate.billing_month, message))

    def _announce_again(self, candidate: Candidate) -> bool:
        """Repeat what was said of the same files before; False where nothing was."""
        for known in self.ledger.rejections:
            if (known.source_name, known.signature) == (candidate.source.name, candidate.signature):
                self.result.rejected.append(
                    Outcome(candidate.source.name, known.billing_month, known.message, is_new=False)
                )
                return True
        return False

    def _meanwhile(self, candidate: Candidate) -> str:
        current = self.ledger.current()
        months = [month for name, month in current if name == candidate.source.name]
        months += [None for name in self.ledger.current_facts() if name == candidate.source.name]
        if candidate.billing_month in months or (candidate.billing_month is None and months):
            return "Until then the last good delivery stays in use."
        return "Until then there is no data for it."


def _verdict_key(candidate: Candidate) -> str:
    """Name the verdict of this version of the code over exactly these files."""
    return f"{candidate.signature}:{code_version()[:16]}"


class _SeenBefore:
    """Contents already read under other names or times, and files already refused: each is read only once.

    A cache beside the raw files: losing it costs a second reading, nothing else.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.raw_dir / "seen.json"
        try:
            self._known: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))["seen"]
        except (OSError, ValueError, KeyError, TypeError):
            self._known = {}

    def fingerprint(self, signature: str) -> str | None:
        """Give the fingerprint of what was read under this signature."""
        return self._known.get(signature)

    def note(self, signature: str, fingerprint: str) -> None:
        """Remember a reading."""
        self._known[signature] = fingerprint
        write_json(self._path, {"seen": self._known})


def _no_space(settings: Settings) -> str:
    return (
        f"There is no space left on the disk of '{settings.home}'; free some, or set FINOPS_HOME to another disk. What "
        "was being landed is taken up again by the next run; nothing of it was kept."
    )
