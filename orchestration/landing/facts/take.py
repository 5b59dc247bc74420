"""From a candidate to the ledger: copy its files, read them, check every row, put them into raw, and only then record.

Which candidates are worth it is decided in `landing/land.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.delivery import incoming, now, settle
from orchestration.landing.engine import connect, readable
from orchestration.landing.facts.check import check_rows
from orchestration.landing.facts.periods import periods_of
from orchestration.landing.facts.read import ReadFile, read_files
from orchestration.landing.facts.records import FactDelivery, FactFile, FactPeriod
from orchestration.landing.facts.relations import delivery_query
from orchestration.landing.ledger import record_facts
from orchestration.landing.take import copy_files, fingerprint_of

if TYPE_CHECKING:
    from datetime import datetime

    from orchestration.formats.fact_base import FactFormat
    from orchestration.landing.candidates import Candidate
    from orchestration.landing.ledger import Ledger
    from orchestration.settings import Settings

_NAMED = 5


def take_facts(settings: Settings, ledger: Ledger, candidate: Candidate) -> FactDelivery | str:
    """Take a candidate whole into raw and the ledger.

    Gives the fingerprint alone, and keeps nothing, if the content is what the ledger has already. Raises
    DeliveryRejected or DeliveryPending.
    """
    source, where = candidate.source, candidate.where
    fmt = SNAPSHOTS[source.format]
    if candidate.billing_month is not None:
        raise DeliveryRejected(
            f"{where}: {fmt.title} are one snapshot, but the folder is laid out by months as a provider's exports are; "
            "put all files of the newest state into one folder without such subfolders."
        )
    taken = ledger.facts_of(source.name, fmt.name)
    with incoming(settings) as folder, connect(settings, folder) as connection:
        copies = copy_files(candidate, folder, threads=settings.threads)
        files = [
            FactFile(file.origin, path.stat().st_size, digest, 0)
            for file, (path, digest) in zip(candidate.files, copies, strict=True)
        ]
        fingerprint = fingerprint_of(files)
        if taken and taken[-1].fingerprint == fingerprint:
            return fingerprint
        target = folder / "files"
        target.mkdir()
        with readable(where):
            named = [(path, file.origin) for (path, _), file in zip(copies, files, strict=True)]
            read = read_files(connection, fmt, named, target, where)
            warnings = check_rows(connection, fmt, _others(settings, ledger, candidate, fmt), where)
            periods = periods_of(connection, fmt)
        delivery = _entry(ledger, candidate, files, fingerprint, read, warnings, periods)
        settle(settings, target, delivery.raw_folder, lambda: record_facts(settings, delivery))
    ledger.facts.append(delivery)
    return delivery


def _others(settings: Settings, ledger: Ledger, candidate: Candidate, fmt: FactFormat) -> list[str]:
    """Select what other sources say of the same fact."""
    return [
        delivery_query(settings, fmt, delivery, with_places=True)
        for name, delivery in ledger.current_facts().items()
        if delivery.format == fmt.name and name != candidate.source.name
    ]


def _entry(
    ledger: Ledger,
    candidate: Candidate,
    files: list[FactFile],
    fingerprint: str,
    read: list[ReadFile],
    warnings: list[str],
    periods: list[FactPeriod],
) -> FactDelivery:
    """Make the ledger's entry."""
    source = candidate.source
    fmt, loaded_at = SNAPSHOTS[source.format], now()
    names = list(dict.fromkeys(name for file in read for name in file.names))
    unknown = list(dict.fromkeys(name for file in read for name in file.unknown))
    present = [column.name for column in fmt.columns if any(column.name in file.placed for file in read)]
    taken = [delivery for delivery in ledger.facts if delivery.source_name == source.name]
    return FactDelivery(
        source_name=source.name,
        format=fmt.name,
        delivery_id=_delivery_id(loaded_at, fingerprint, taken),
        loaded_at=loaded_at,
        arrival=max((delivery.arrival for delivery in taken), default=0) + 1,
        fingerprint=fingerprint,
        signature=candidate.signature,
        files=[
            FactFile(file.origin, file.bytes, file.fingerprint, seen.rows)
            for file, seen in zip(files, read, strict=True)
        ],
        column_names=names,
        raw_columns=[column.name for column in fmt.columns],
        missing_columns=[column.name for column in fmt.columns if column.name not in present],
        unknown_columns=unknown,
        warnings=_warnings(fmt, read, unknown) + warnings,
        periods=periods,
    )


def _warnings(fmt: FactFormat, read: list[ReadFile], unknown: list[str]) -> list[str]:
    """Say what is odd but taken."""
    warnings = []
    strange = [name for name in unknown if not name.lower().startswith("x_")]  # FOCUS's mark of columns of one's own
    if strange:
        names = ", ".join(f"'{name}'" for name in strange[:_NAMED])
        names += f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        title = fmt.title[0].upper() + fmt.title[1:]
        warnings.append(f"{title} have no column {names}, so that nothing reads it; the header is: {fmt.header}.")
    if not any(file.rows for file in read):
        warnings.append("The files hold a header but no row.")
    return warnings


def _delivery_id(loaded_at: datetime, fingerprint: str, taken: list[FactDelivery]) -> str:
    """Name a delivery so that names sort in the order of deliveries, whatever the clock does."""
    last = max((delivery.delivery_id[:16] for delivery in taken), default="")
    while f"{loaded_at:%Y%m%dT%H%M%SZ}" <= last:
        loaded_at += timedelta(seconds=1)
    return f"{loaded_at:%Y%m%dT%H%M%SZ}-{fingerprint[:8]}"
