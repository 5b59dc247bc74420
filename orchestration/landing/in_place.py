"""Bills that are read where they are, in a table of the warehouse's own engine: their ledger entries, without files.

Nothing is copied, so that there is no former delivery to go back to: an entry says which state of the table counts, and
the raw relation reads just that. Belongs here: from what a table says of itself to deliveries. Does not belong here:
how a table is asked (`orchestration/bigquery_in_place.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Protocol

from orchestration.formats import FORMATS
from orchestration.landing.delivery import delivery_id, now
from orchestration.landing.ledger import commit
from orchestration.landing.records import EXACT, Cost, Delivery, ServiceCost
from orchestration.landing.suspicions import fewer_lines
from orchestration.words import listed_months

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from orchestration.landing.delivery import Inspect
    from orchestration.landing.ledger import Ledger
    from orchestration.settings import Settings
    from orchestration.sources import Source

_LEDGER_SCALE = Decimal("1e-24")


@dataclass(frozen=True)
class Share:
    """What a table has of one billing month, currency and service."""

    billing_month: date
    billing_currency: str | None
    service_name: str | None
    row_count: int
    amount_count: int
    delivered_cost: Decimal
    raw_cost: Decimal
    first_charge: datetime | None
    last_charge: datetime | None
    newest_export: datetime | None
    null_account_count: int
    null_cost_count: int
    null_charge_count: int


@dataclass(frozen=True)
class MonthState:
    """What a table has of one billing month."""

    shares: list[Share] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Equal means that no line has come or gone since, as far as counts, costs and export times tell."""
        told = [
            (str(s.billing_currency), str(s.service_name), s.row_count, s.delivered_cost.normalize(), s.newest_export)
            for s in self.shares
        ]
        return hashlib.sha256(repr(sorted(map(str, told))).encode()).hexdigest()


class Table(Protocol):
    """A table as it is now."""

    signature: str
    """Equal means that there is no need to ask for its months."""
    column_names: list[str]

    def months(self) -> dict[date, MonthState]:
        """Ask for the state of each billing month; DeliveryRejected if it cannot be told."""


Look = Callable[["Source"], Table]
"""Find the table of a source; DeliveryRejected if it is not there, cannot be read or is no such export."""


def take_in_place(
    settings: Settings,
    ledger: Ledger,
    source: Source,
    table: Table,
    inspect: Inspect | None,
    months: Collection[date] | None = None,
) -> tuple[list[Delivery], list[str]]:
    """Record the months of a table that have changed; gives them, and what is odd about them.

    A month that is no longer in the table is recorded as a delivery of no lines, since that is what its readers get.
    """
    current = {month: item for (name, month), item in ledger.current().items() if name == source.name}
    states = table.months()
    gone = {month for month, item in current.items() if item.row_count and month not in states}
    states |= {month: MonthState() for month in gone}
    changed = {
        month: state
        for month, state in sorted(states.items())
        if (months is None or month in months)
        and (month not in current or current[month].fingerprint != state.fingerprint)
    }
    deliveries, warnings = [], []
    for month, state in changed.items():
        delivery, former = _entry(ledger, source, table, month, state, sorted(states)), current.get(month)
        told = [] if month in gone else list(filter(None, [fewer_lines(delivery, former)]))
        delivery.warnings.extend(told)
        warnings += told
        if inspect is not None:
            inspect(delivery, former)
        deliveries.append(delivery)
    if gone & changed.keys():
        warnings.append(
            f"Source {source.name}: {source.table} has no line of {listed_months(gone & changed.keys())} any more, so "
            "that nothing is shown of it: a table that is read in place has no copy here. If partitions expired or "
            "were deleted by mistake, bring them back (BigQuery's time travel reaches back a week)."
        )
    commit(settings, deliveries)
    ledger.deliveries += deliveries
    return deliveries, warnings


def _entry(
    ledger: Ledger, source: Source, table: Table, month: date, state: MonthState, months: list[date]
) -> Delivery:
    fmt, loaded_at, taken = FORMATS[source.format], now(), ledger.of_source(source.name)
    matched = fmt.match(table.column_names)
    return Delivery(
        source_name=source.name,
        format=source.format,
        billing_month=month,
        delivery_id=delivery_id(loaded_at, state.fingerprint, taken, is_arrival=True),
        months=months,
        order_basis="arrival",
        order_stamp=loaded_at,
        provider_stamp=None,
        provider_id=source.table,
        loaded_at=loaded_at,
        arrival=max((delivery.arrival for delivery in taken), default=0) + 1,
        fingerprint=state.fingerprint,
        signature=table.signature,
        files=[],
        schemas=[],
        byte_count=0,
        row_count=sum(share.row_count for share in state.shares),
        duplicate_row_count=0,
        duplicate_costs={},
        column_names=table.column_names,
        missing_columns=matched.missing,
        unknown_columns=matched.unknown,
        discount_modes={},
        costs=_costs(state),
        service_costs=_service_costs(state),
        profile=_profile(state),
        corrections=source.corrections,
    )


def _costs(state: MonthState) -> list[Cost]:
    return [
        Cost(
            billing_currency=currency,
            row_count=sum(share.row_count for share in shares),
            delivered_cost=_sum(share.delivered_cost for share in shares).quantize(
                _LEDGER_SCALE, ROUND_HALF_UP, context=EXACT
            ),
            raw_cost=_sum(share.raw_cost for share in shares),
            amount_count=sum(share.amount_count for share in shares),
        )
        for currency, shares in _by_currency(state).items()
    ]


def _service_costs(state: MonthState) -> list[ServiceCost]:
    return [
        ServiceCost(str(share.billing_currency or ""), share.service_name, share.row_count, share.raw_cost)
        for share in state.shares
    ]


def _by_currency(state: MonthState) -> dict[str, list[Share]]:
    found: dict[str, list[Share]] = {}
    for share in state.shares:
        found.setdefault(share.billing_currency or "", []).append(share)
    return dict(sorted(found.items()))


def _sum(amounts: Any) -> Decimal:  # noqa: ANN401  (any iterable of decimals)
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _profile(state: MonthState) -> dict[str, Any]:
    """Count what the front door judges."""
    first = [share.first_charge for share in state.shares if share.first_charge]
    last = [share.last_charge for share in state.shares if share.last_charge]
    exported = [share.newest_export for share in state.shares if share.newest_export]
    return {
        "row_count": sum(share.row_count for share in state.shares),
        "empty_counts": {
            "cost": sum(share.null_cost_count for share in state.shares),
            "usage_start_time": sum(share.null_charge_count for share in state.shares),
        },
        "null_account_count": sum(share.null_account_count for share in state.shares),
        "null_service_count": sum(share.row_count for share in state.shares if share.service_name is None),
        "currencies": sorted({share.billing_currency or "" for share in state.shares}),
        "first_charge": min(first).date().isoformat() if first else None,
        "last_charge": max(last).date().isoformat() if last else None,
        "newest_export": max(exported).isoformat(sep=" ") if exported else None,
    }
