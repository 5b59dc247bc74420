"""Two sources that hold the same charges: one file in two folders, or a billing account and a part of it exported each.

Belongs here: comparing a new delivery with what counts under other names. Charges that two formats tell in two ways can
be compared only after normalization (`tests/reconciliation/no_charge_from_two_sources.sql`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.errors import DeliveryElsewhere
from orchestration.landing.costs import cost_sql
from orchestration.landing.engine import literal
from orchestration.landing.likeness import files_in_raw, line_hash, read_lines
from orchestration.landing.profile import month_of, schema_groups, time_sql
from orchestration.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.profile import Profile
    from orchestration.landing.records import Delivery
    from orchestration.landing.take import TakenFile

_LIKENESS = 0.5
"""Two exports of one charge are written at different times, between which its cost may change."""
_MANY = 10
"""Fewer charges may be alike by chance; the tests of the build tell those, too."""


def refuse_same_files(ledger: Ledger, source_name: str, files: list[TakenFile], profile: Profile, where: str) -> None:
    """Reject a file whose content counts under another source already."""
    known = {
        file.fingerprint: (name, file.origin)
        for name, deliveries in ledger.counting().items()
        for delivery in deliveries
        for file in delivery.files
        if file.rows and name != source_name
    }
    for file in files:
        if profile.file_rows[str(file.path)] and (found := known.get(file.fingerprint)):
            raise DeliveryElsewhere(
                f"{where}: the file '{file.origin}' has the same content as '{found[1]}' of source {found[0]}, which "
                "counts already; loading both would double its cost. Remove it from one of the two folders, or leave "
                "one of the sources out of sources.yml.",
                file=file.origin,
            )


def refuse_same_charges(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    ledger: Ledger,
    source_name: str,
    fmt: Format,
    files: list[TakenFile],
    profile: Profile,
    where: str,
) -> None:
    """Reject the first delivery of a month if most of its charges of a day count under another source already.

    Its first day stands for the month, so that the others are read once, and hardly of them.
    """
    current = ledger.current()
    days = {month: content.counts["first_charge"] for month, content in profile.months.items()}
    new = {  # corrections are dated before their month
        month: max(day[:10], month.isoformat())
        for month, day in days.items()
        if day and (source_name, month) not in current
    }
    counting = ledger.counting() if new and fmt.is_bill else {}
    for month, day in new.items():
        mine = [file for file in files if month in profile.file_months[str(file.path)]]
        for name, others in _others(raw_dir, counting, source_name, fmt, month):
            both, smaller = connection.execute(
                f"""
                with mine as ({_lines(fmt, mine, month, day)}), others as ({_lines(fmt, others, month, day)})
                select
                    (select count(*) from mine semi join others using (line)),
                    least((select count(*) from mine), (select count(*) from others))
                """
            ).fetchone()
            if both >= _MANY and both > smaller * _LIKENESS:
                raise DeliveryElsewhere(
                    f"{where}: {percent(both / smaller)} of the charges of {day} are those of source {name} (as "
                    "account, resource, time and cost tell), so that both sources together would count them twice: "
                    "most likely one is the export of a billing account, and the other of a part of it. Leave the "
                    "source of the part out of sources.yml; or, if these really are separate charges, put both into "
                    "one file.",
                    file=mine[0].origin,
                )


def _others(
    raw_dir: Path, counting: dict[str, list[Delivery]], source_name: str, fmt: Format, month: date
) -> Iterator[tuple[str, list[TakenFile]]]:
    """List the files of each other source that count for a month."""
    for name, deliveries in counting.items():
        if name == source_name:
            continue
        files = [
            item.file
            for delivery in deliveries
            if delivery.format == fmt.name and delivery.billing_month == month
            for item in files_in_raw(raw_dir, delivery)
            if item.rows and month in item.months and item.file.path.exists()
        ]
        if files:
            yield name, files


def _lines(fmt: Format, files: list[TakenFile], month: date, day: str) -> str:
    """Hash what each line of a day that costs something says, and whose it is."""
    columns = (fmt.account_column, *fmt.content_columns)
    lines = " union all ".join(
        f"select {line_hash(fmt, group, columns, by_meaning=True)} as line from {read_lines(group)} "
        f"where cast({time_sql(group[0], fmt.charge_column)} as date) = {literal(day)} "
        f"and {month_of(fmt, group[0])} = {literal(month.isoformat())} and {cost_sql(fmt, group[0]).rounded} <> 0"
        for group in schema_groups(files)
    )
    return f"select distinct line from ({lines})"
