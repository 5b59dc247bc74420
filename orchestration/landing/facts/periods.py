"""Which days a delivery of facts speaks of, where bills are built with it, and when such a bill has to be built anew.

A price sheet of a new month must not rebuild the months before: what it says of a time is digested for itself.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.engine import identifier
from orchestration.landing.facts.expressions import value_sql
from orchestration.landing.facts.read import TABLE
from orchestration.landing.facts.records import FactPeriod

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats.fact_base import FactFormat
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery

_EVER = "date '9999-12-31'"


def periods_of(connection: duckdb.DuckDBPyConnection, fmt: FactFormat) -> list[FactPeriod]:
    """Digest what `read_files` read by the days for which it holds; nothing for facts that no bill is built with.

    The digest does not depend on the order of rows, and rows do not repeat. It is the engine's own hash: where another
    version of it hashes otherwise, the next sheet rebuilds its months once.
    """
    if not fmt.used_by:
        return []
    start, end = (value_sql(fmt.by_name[name], identifier(name)) for name in fmt.span)
    row = ", ".join(identifier(column.name) for column in fmt.columns)
    texts = ", ".join(identifier(name) for name in fmt.span)
    rows = connection.execute(f"""
        select cast({start} as date) as first_date, cast(coalesce({end}, {_EVER}) as date) as last_date,
            sum(rows)::bigint || '-' || bit_xor(mixed) || '-' || sum(added)::hugeint
        from (
            select {texts}, count(*) as rows, bit_xor(hash({row})) as mixed, sum(hash({row})) as added
            from {TABLE} group by all  -- times are written alike in many rows, and are read once
        )
        group by all order by all
    """).fetchall()
    return [FactPeriod(*row) for row in rows]


def facts_of_bill(ledger: Ledger, bill: Delivery) -> str:
    """Digest what facts say of the days of a bill: equal means that it need not be built anew. Empty where nothing."""
    formats = {fmt.name for fmt in SNAPSHOTS.values() if bill.format in fmt.used_by}
    if not formats:
        return ""
    spans = [_days(part) for part in ledger.parts(bill)]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    found = sorted(
        f"{name} {period.first_date} {period.last_date} {period.digest}"
        for name, delivery in ledger.current_facts().items()
        if delivery.format in formats
        for period in delivery.periods
        if period.first_date <= last and period.last_date >= first
    )
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16] if found else ""


def _days(bill: Delivery) -> tuple[date, date]:
    """Give the first and the last day of the charges of a delivery; those of its month where it has none."""
    stamps = [bill.profile.get(name) for name in ("first_charge", "last_charge")]
    if all(stamps):
        return date.fromisoformat(stamps[0][:10]), date.fromisoformat(stamps[1][:10])
    after = (bill.billing_month + timedelta(days=32)).replace(day=1)
    return bill.billing_month, after - timedelta(days=1)
