"""From a candidate to ledger entries: take its files, profile them, put them into raw, and only then record them.

Which candidates are worth it is decided in `land.py`. A process killed here leaves at most a folder in raw that
carries a marker, which `clean_up` removes (or keeps, if the ledger has it).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.formats import FORMATS
from orchestration.landing.bad_values import refuse_too_large_bill, unreadable_values
from orchestration.landing.datasets import tell_datasets
from orchestration.landing.details import refuse_two_details
from orchestration.landing.duplicates import Duplicates, find_duplicates, refuse_same_file_twice
from orchestration.landing.engine import connect, readable
from orchestration.landing.ledger import Ledger, commit, roll_forward, sync_folder
from orchestration.landing.likeness import CountingFile, files_in_raw
from orchestration.landing.other_sources import refuse_same_charges, refuse_same_files
from orchestration.landing.profile import MonthProfile, Profile, profile
from orchestration.landing.records import Delivery, RawFile
from orchestration.landing.redeliveries import has_line_ids, without_redelivered
from orchestration.landing.refreshes import already_counting, refuse_refreshes, refuse_what_counts
from orchestration.landing.reuse import Landed
from orchestration.landing.suspicions import fewer_lines, future_charges, is_ahead, lost_files, written_ahead
from orchestration.landing.take import TakenFile, fingerprint_of, take_files
from orchestration.landing.windows import refuse_overlaps
from orchestration.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from orchestration.landing.candidates import Candidate
    from orchestration.settings import Settings

Inspect = Callable[[Delivery, Delivery | None], None]
"""Judge a delivery beside the one that is current; raise DeliveryRejected to refuse it."""

_INCOMING = ".incoming-"
_MARKER = ".landing"


def now() -> datetime:
    """Give the time as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def clean_up(settings: Settings) -> None:
    """Finish or remove what a killed run left: half-recorded snapshots are completed, files without a record go."""
    roll_forward(settings)
    for folder in settings.raw_dir.glob(f"{_INCOMING}*"):
        shutil.rmtree(folder)
    for marker in settings.raw_dir.glob(f"*/*/{_MARKER}"):
        folder = marker.parent
        recorded = (settings.state_dir / "deliveries" / folder.parent.name).glob(f"*/{folder.name}.json")
        if any(recorded):
            marker.unlink()
        else:
            shutil.rmtree(folder)


def take_delivery(
    settings: Settings, ledger: Ledger, candidate: Candidate, inspect: Inspect | None, moment: datetime
) -> tuple[list[Delivery] | str, list[str]]:
    """Take a candidate whole into raw and the ledger; gives one entry per month, and what is odd about them.

    `moment`: what is dated after it is odd. Gives the fingerprint in their place, and keeps nothing, if the content is
    what the ledger has already. Raises DeliveryRejected or DeliveryPending.
    """
    fmt, is_adding = FORMATS[candidate.source.format], candidate.source.name in ledger.adding
    with incoming(settings) as folder, connect(settings, folder) as connection:
        files_folder = folder / "files"
        files_folder.mkdir()
        landed = Landed(_former_folders(settings, ledger, candidate))
        files = take_files(connection, candidate, files_folder, landed, threads=settings.threads)
        fingerprint = fingerprint_of(files)
        counting = _counting_files(settings, ledger, candidate) if is_adding else []
        told = already_counting(files, counting, candidate.where)
        new_files = _new_files(files, counting)
        if _is_known(ledger, candidate, fingerprint) or (files and not new_files):
            return fingerprint, told
        files = new_files
        with readable(candidate.where):
            files, doubts = tell_datasets(connection, fmt, files, candidate.where)
            files, left_out = _newest_lines(connection, candidate, files)
            seen, duplicates, likely = _examine(connection, candidate, files, is_adding=is_adding)
            told += likely + unreadable_values(connection, fmt, files, candidate.where)
            name, where = candidate.source.name, candidate.where
            refuse_same_files(ledger, name, files, seen, where)
            refuse_same_charges(connection, settings.raw_dir, ledger, name, fmt, files, seen, where)
            refuse_what_counts(connection, fmt, files, seen, counting, where)
        told += filter(None, [written_ahead(candidate, moment)])
        stamp = order_stamp(ledger, candidate, moment)
        deliveries = _entries(ledger, candidate, files, fingerprint, seen, duplicates, doubts + left_out + told, stamp)
        refuse_too_large_bill(deliveries, ledger.counting().get(name, []) if is_adding else [], where)
        # what adds a few lines to a month is not to be compared with what was there
        current = {} if is_adding else ledger.current()
        deliveries = _changed(deliveries, current)
        for delivery in deliveries:
            former = current.get((delivery.source_name, delivery.billing_month))
            odd = list(filter(None, [fewer_lines(delivery, former)]))
            if _is_snapshot(candidate):
                odd += lost_files(connection, settings.raw_dir, delivery, former, files)
            odd += future_charges(connection, delivery, former, files, moment)
            delivery.warnings.extend(odd)
            told += odd
            if inspect is not None:
                inspect(delivery, former)
        settle(settings, files_folder, deliveries[0].raw_folder, lambda: commit(settings, deliveries))
    ledger.deliveries += deliveries
    return deliveries, told


def _changed(deliveries: list[Delivery], current: dict[tuple[str, date], Delivery]) -> list[Delivery]:
    """Leave out the months of a snapshot that are as they were, so that a folder that grows restates nothing.

    A snapshot in which no month has changed, since a file without lines came or a month went, is kept whole.
    """
    changed = []
    for delivery in deliveries:
        former = current.get((delivery.source_name, delivery.billing_month))
        if former is None or former.format != delivery.format or _content(former) != _content(delivery):
            changed.append(delivery)
    return changed or deliveries


def _content(delivery: Delivery) -> tuple[object, ...]:
    """Tell what a delivery says of its month: the files with lines of it, as delivered, and what is counted of them."""
    month = delivery.billing_month
    files = sorted(file.fingerprint for file in delivery.files if month in file.months)
    return files, delivery.row_count, delivery.costs, delivery.service_costs


def _counting_files(settings: Settings, ledger: Ledger, candidate: Candidate) -> list[CountingFile]:
    """List the files that a candidate adds to, where deliveries add to each other."""
    parts = ledger.counting()[candidate.source.name]
    return [
        file
        for part in parts
        if part.format == candidate.source.format
        for file in files_in_raw(settings.raw_dir, part)
    ]


def _new_files(files: list[TakenFile], counting: list[CountingFile]) -> list[TakenFile]:
    """Leave out files that count already, where deliveries add to each other: the same file never counts twice."""
    taken = {item.file.fingerprint for item in counting}
    for file in files:
        if file.fingerprint in taken:
            file.path.unlink()
    return [file for file in files if file.fingerprint not in taken]


def _newest_lines(
    connection: duckdb.DuckDBPyConnection, candidate: Candidate, files: list[TakenFile]
) -> tuple[list[TakenFile], list[str]]:
    """Leave out lines that later files deliver again, where lines have ids; say what was left out."""
    fmt = FORMATS[candidate.source.format]
    if len(files) < 2 or not has_line_ids(fmt, files):
        return files, []
    newest, left_out = without_redelivered(connection, fmt, files)
    return newest, [left_out] if left_out else []


def _former_folders(settings: Settings, ledger: Ledger, candidate: Candidate) -> list[Path]:
    """List the raw folders that may hold files of this candidate already, the newest last."""
    months = [
        deliveries
        for (name, month), deliveries in ledger.history().items()
        if name == candidate.source.name and candidate.billing_month in (None, month)
    ]
    last = 0 if candidate.source.name in ledger.adding else -2
    folders = dict.fromkeys(item.raw_folder for deliveries in months for item in deliveries[last:])
    return [settings.raw_dir / folder for folder in folders]


def _examine(
    connection: duckdb.DuckDBPyConnection, candidate: Candidate, files: list[TakenFile], *, is_adding: bool
) -> tuple[Profile, dict[date, Duplicates], list[str]]:
    """Read what the delivery holds, and say what is likely wrong; DeliveryRejected if it cannot be right."""
    fmt, where = FORMATS[candidate.source.format], candidate.where
    seen = profile(connection, fmt, files, candidate.billing_month, where)
    likely = [*seen.odd]
    if not has_line_ids(fmt, files):
        refuse_same_file_twice(files, seen, where)
    _refuse_fewer_lines(candidate, seen)
    refuse_overlaps(connection, fmt, files, where)
    refuse_two_details(connection, fmt, files, where)
    if _is_snapshot(candidate) and not has_line_ids(fmt, files):
        likely += refuse_refreshes(connection, fmt, files, seen, where, is_adding=is_adding)
    if not seen.months:
        raise DeliveryRejected(
            f"{where}: the files hold a header but no line, so it cannot be told which month is empty; name the month "
            "by the provider's folder layout, or remove the files."
        )
    return seen, find_duplicates(connection, fmt, files), likely


def _is_snapshot(candidate: Candidate) -> bool:
    """Tell whether all files of a folder make up the delivery, since nothing lists those that do."""
    return candidate.billing_month is None or not candidate.is_listed


def _refuse_fewer_lines(candidate: Candidate, seen: Profile) -> None:
    """Reject a delivery with fewer lines than its manifest counts: a part of it was lost on the way."""
    found = sum(seen.file_rows.values())
    if candidate.row_count is not None and found < candidate.row_count:
        raise DeliveryRejected(
            f"{candidate.where}: the files hold {found:,} lines, but the manifest counts {candidate.row_count:,}; copy "
            "the whole delivery again."
        )


def _is_known(ledger: Ledger, candidate: Candidate, fingerprint: str) -> bool:
    """Tell whether the same content was taken before: under the same stamp, or as the last to arrive."""
    return any(delivery.fingerprint == fingerprint for delivery in comparable(ledger, candidate))


def comparable(ledger: Ledger, candidate: Candidate) -> list[Delivery]:
    """List the recorded deliveries that a candidate repeats if it is equal to one of them.

    A stamp says which delivery it is, as long as nothing has come since that has no place in the order of stamps.
    Without one only the last that arrived counts: an older content that comes back is new again.
    """
    taken = ledger.of_source(candidate.source.name)
    if candidate.billing_month is not None:
        taken = [delivery for delivery in taken if delivery.billing_month == candidate.billing_month]
    if candidate.provider_stamp is None:
        return taken[-1:]
    elsewise = max((delivery.arrival for delivery in taken if delivery.order_basis != candidate.order_basis), default=0)
    return [
        delivery
        for delivery in taken
        if delivery.provider_stamp == candidate.provider_stamp and delivery.arrival > elsewise
    ]


def _entries(
    ledger: Ledger,
    candidate: Candidate,
    files: list[TakenFile],
    fingerprint: str,
    seen: Profile,
    duplicates: dict[date, Duplicates],
    notes: list[str],
    order_stamp: datetime,
) -> list[Delivery]:
    """Make the ledger entries of a delivery, one per month; `notes` are words about all of it."""
    fmt, source = FORMATS[candidate.source.format], candidate.source
    taken = ledger.of_source(source.name)
    loaded_at = now()
    schemas = [list(schema) for schema in dict.fromkeys(tuple(file.types.items()) for file in files)]
    missing = [name for name in fmt.by_name if all(name in file.delivered_match.missing for file in files)]
    names = list(dict.fromkeys(name for file in files for name in file.names))
    name = delivery_id(order_stamp, fingerprint, taken, is_arrival=candidate.provider_stamp is None)
    entries = []
    for month, content in seen.months.items():
        raw_files = [
            _raw_file(file, schemas, seen) for file in files if _belongs(file, month, seen, candidate.billing_month)
        ]
        repeated = duplicates.get(month, Duplicates())
        entries.append(
            Delivery(
                source_name=source.name,
                format=fmt.name,
                billing_month=month,
                delivery_id=name,
                months=sorted(seen.months),
                order_basis=candidate.order_basis,
                order_stamp=order_stamp,
                provider_stamp=candidate.provider_stamp,
                provider_id=candidate.provider_id,
                loaded_at=loaded_at,
                arrival=max((delivery.arrival for delivery in taken), default=0) + 1,
                fingerprint=fingerprint,
                signature=candidate.signature,
                files=raw_files,
                schemas=[[list(column) for column in schema] for schema in schemas],
                byte_count=sum(file.bytes for file in raw_files),
                row_count=content.row_count,
                duplicate_row_count=repeated.row_count,
                duplicate_costs=repeated.costs,
                column_names=names,
                missing_columns=missing,
                unknown_columns=list(dict.fromkeys(name for file in files for name in file.delivered_match.unknown)),
                discount_modes=content.discount_modes,
                costs=content.costs,
                service_costs=content.service_costs,
                profile=content.counts,
                warnings=[*notes, *_warnings(content, repeated)],
                format_version=fmt.version_of(names) if fmt.version_of else None,
                corrections=source.corrections,
            )
        )
    return entries


def _belongs(file: TakenFile, month: date, seen: Profile, layout_month: date | None) -> bool:
    """Tell which files make up a month; a file without lines belongs to the month of its layout."""
    return layout_month == month or month in seen.file_months[str(file.path)]


def _raw_file(file: TakenFile, schemas: list[list[tuple[str, str]]], seen: Profile) -> RawFile:
    return RawFile(
        path=file.path.name,
        origin=file.origin,
        bytes=file.bytes,
        fingerprint=file.fingerprint,
        schema=schemas.index(list(file.types.items())),
        rows=seen.file_rows[str(file.path)],
        months=sorted(seen.file_months[str(file.path)]),
        dataset=file.dataset,
    )


def _warnings(content: MonthProfile, repeated: Duplicates) -> list[str]:
    """Say what is odd but taken."""
    warnings = list(content.warnings)
    if repeated.row_count:
        cost = " and ".join(f"{value:f} {currency}" for currency, value in sorted(repeated.costs.items()))
        lines_repeat = counted(repeated.row_count, "line repeats", "lines repeat")
        warnings.append(
            f"{lines_repeat} another line in every column (cost {cost}); what is there is counted as "
            "delivered. If the provider wrote something twice by mistake, ask for a corrected export."
        )
    return warnings


def order_stamp(ledger: Ledger, candidate: Candidate, moment: datetime) -> datetime:
    """Say where a delivery that is taken now stands among those of its source: where the provider's stamp says.

    Without one it is the arrival that counts, which must not depend on a clock that was set back. A stamp that is
    still to come is none: all that is delivered until then would be older, and left alone.
    """
    stamp, arrived = candidate.provider_stamp, now()
    if stamp is not None and not is_ahead(stamp, moment):
        return stamp
    taken = [item for item in ledger.of_source(candidate.source.name) if item.order_basis == candidate.order_basis]
    newest = max((item.order_stamp for item in taken), default=None)
    return arrived if newest is None else max(arrived, newest + timedelta(microseconds=1))


def delivery_id(stamp: datetime, fingerprint: str, taken: list[Delivery], *, is_arrival: bool) -> str:
    """Name a delivery so that names sort in the order of deliveries; unique within the source."""
    used = {delivery.delivery_id for delivery in taken}
    last = max((item.delivery_id[:16] for item in taken if item.provider_stamp is None), default="")
    while True:
        second = f"{stamp:%Y%m%dT%H%M%SZ}"
        name = f"{second}-{fingerprint[:8]}"
        if name not in used and not (is_arrival and second <= last):
            return name
        stamp += timedelta(seconds=1)


def settle(settings: Settings, files_folder: Path, raw_folder: str, record: Callable[[], None]) -> None:
    """Move the files into raw under a marker, record the delivery, remove the marker."""
    target = settings.raw_dir / raw_folder
    for path in files_folder.iterdir():
        path.chmod(0o444)
    marker = files_folder / _MARKER
    marker.touch()
    sync_folder(files_folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    files_folder.rename(target)
    sync_folder(target.parent)
    record()
    (target / _MARKER).unlink()


@contextmanager
def incoming(settings: Settings) -> Iterator[Path]:
    """Give a folder on the same disk as raw that is gone afterwards, whatever happens."""
    settings.raw_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=_INCOMING, dir=settings.raw_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
