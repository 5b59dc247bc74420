"""What a snapshot lacks that was there before: whole months, or lines of a table that only ever grows.

Belongs here: comparing a delivery with what the ledger knows, and the words for it. None of it refuses a delivery;
what does is in `profile.py`, `duplicates.py` and the front door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats import FORMATS
from orchestration.words import counted, listed_months

if TYPE_CHECKING:
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery
    from orchestration.sources import Source


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
