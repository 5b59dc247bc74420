"""What is odd about a delivery that is taken: what it lacks that was there before, and what it dates in the future.

Belongs here: comparing a delivery with what the ledger and the clock know, and the words for it. None of it refuses a
delivery; what does is in `profile.py`, `duplicates.py`, `refreshes.py` and the front door.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orchestration.formats import FORMATS
from orchestration.landing.engine import ROW_NUMBER, literal, read_rows_of
from orchestration.landing.likeness import files_in_raw, hashed
from orchestration.landing.profile import month_of, time_sql
from orchestration.words import counted, listed_months

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.landing.candidates import Candidate
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery
    from orchestration.landing.take import TakenFile
    from orchestration.sources import Source

_ZONES = timedelta(days=1)
"""How far clocks and time zones may be apart."""


def vanished_months(ledger: Ledger, source: Source) -> str | None:
    """Tell the months of a source that count although its newest snapshot no longer has them.

    A closed month is meant to stand, whatever becomes of its files.
    """
    newest, closed = ledger.newest(source.name), ledger.closed()
    if newest is None:
        return None
    months = [
        month
        for (name, month), delivery in ledger.current().items()
        if name == source.name and delivery.row_count and month not in newest.months and (name, month) not in closed
    ]
    if not months:
        return None
    them, those = ("it", "that month") if len(months) == 1 else ("them", "those months")
    return (
        f"Source {source.name}: the newest snapshot in '{source.uri}' has no line of {listed_months(months)} any more, "
        f"of which the snapshots before had some. The last delivery of {those} stays current, so that the cost is "
        f"still shown. If the files are missing by mistake, bring them back; if {those} should stand as published, "
        f"close {them} (make close); if the lines were wrong, deliver {those} again with what is right."
    )


def fewer_lines(delivery: Delivery, current: Delivery | None) -> str | None:
    """Tell that a table which only grows has fewer lines of a month than it had in the delivery that counted so far."""
    if current is None or not FORMATS[delivery.format].only_grows or current.format != delivery.format:
        return None
    if current.is_newer_than(delivery.order_basis, delivery.order_stamp) or delivery.row_count >= current.row_count:
        return None
    costs = "; ".join(
        f"{current.delivered_costs.get(code, 0):,.2f} {code} before, {delivery.delivered_costs.get(code, 0):,.2f} now"
        for code in sorted(current.delivered_costs | delivery.delivered_costs)
    )
    return (
        f"Source {delivery.source_name}: {delivery.billing_month:%Y-%m} has {counted(delivery.row_count, 'line')} "
        f"where the delivery before had {current.row_count:,} ({costs}), but this export only ever adds lines: a part "
        "of the table or of its files is missing (partitions that expired, a copy that was cut off). It counts as "
        "delivered; copy the whole month again if that is not meant."
    )


def lost_files(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    delivery: Delivery,
    current: Delivery | None,
    files: list[TakenFile],
) -> list[str]:
    """Tell the files of a folder that are gone since the delivery that counted so far, and their charges with them.

    A file that another one took the place of is not lost: most of its charges are there, whatever they cost by now.
    """
    if current is None or current.format != delivery.format:
        return []
    month, names = delivery.billing_month, {file.origin for file in files}
    gone = {
        str(item.file.path): item
        for item in files_in_raw(raw_dir, current)
        if item.rows and month in item.months and item.file.origin not in names and item.file.path.exists()
    }
    if not gone:
        return []
    with hashed(connection, FORMATS[delivery.format], [*files, *(item.file for item in gone.values())]):
        lost = connection.execute(
            """
            with charges as (
                select distinct filename, list_contains($gone, filename) as is_gone, charge from file_lines
            ),
            present as (select distinct charge from charges where not is_gone)
            select filename from charges left join present using (charge)
            where is_gone
            group by filename
            having count(present.charge) * 2 < count(*)
            order by filename
            """,
            {"gone": list(gone)},
        ).fetchall()
    return [
        f"Source {delivery.source_name}: {month:%Y-%m} lacks the file '{gone[path].file.origin}' of the delivery "
        f"before ({counted(gone[path].rows, 'line')}), and most of its charges are in no other file, so that "
        "they no longer count. Bring it back if it is missing by mistake; else nothing needs to be done."
        for (path,) in lost
    ]


def is_ahead(time: datetime, moment: datetime) -> bool:
    """Tell what lies in the future."""
    return time > moment + _ZONES


def written_ahead(candidate: Candidate, moment: datetime) -> str | None:
    """Tell a delivery that says it was written in the future."""
    stamp = candidate.provider_stamp
    if stamp is None or not is_ahead(stamp, moment):
        return None
    by = "its manifest or folder" if candidate.order_basis == "manifest" else "the name of its folder"
    return (
        f"{candidate.where}: by {by}, this delivery was written at {stamp:%Y-%m-%d %H:%M}, which is still to come "
        f"(today is {moment:%Y-%m-%d} UTC). It counts from its arrival on, so that what comes later takes its place. "
        "Correct the date, or this machine's clock."
    )


def future_charges(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    current: Delivery | None,
    files: list[TakenFile],
    moment: datetime,
) -> list[str]:
    """Tell lines that are dated in the future, unless the delivery that counted so far had them already."""
    last = delivery.profile["last_charge"]
    is_told = current is not None and current.profile.get("last_charge") == last
    if last is None or is_told or not is_ahead(datetime.fromisoformat(last), moment):
        return []
    fmt = FORMATS[delivery.format]
    lines = " union all ".join(
        f"select {literal(file.origin)} as origin, {ROW_NUMBER} as number, {month_of(fmt, file)} as month, "
        f"{time_sql(file, fmt.charge_column)} as start from {read_rows_of(file.path)}"
        for file in files
    )
    count, origin, number, start = connection.execute(
        f"select count(*) over (), origin, number, start from ({lines}) where month = $month and start > $latest "
        "order by origin, number limit 1",
        {"month": delivery.billing_month, "latest": moment + _ZONES},
    ).fetchone()
    told = (
        f"Source {delivery.source_name}: {delivery.billing_month:%Y-%m} has {counted(count, 'line')} dated after today "
        f"({moment:%Y-%m-%d} UTC), the first in file '{origin}', row {number}: {fmt.charge_column} {start:%Y-%m-%d}. "
        "Such a line counts on its own day. If it is no fee paid in advance, correct the date and deliver the month "
        "again."
    )
    return [told]
