"""The facts that the ledger keeps, as dataclasses, and their JSON.

No files are read or written here and nothing is decided; see `ledger.py` for what is current.
Money is Decimal and becomes text in JSON; times are naive UTC; a billing month is the first day of that month.
"""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any

from orchestration.sources import REPLACEMENT

SCHEMA_VERSION = 1

# Python's own context keeps 28 digits, fewer than a sum of decimal(38, 24) has.
EXACT = Context(prec=100)


@dataclass(frozen=True)
class RawFile:
    """One Parquet file in raw: where it is, what it came from, and what is in it."""

    path: str
    """Inside the delivery's raw folder, with `/`."""
    origin: str
    """As delivered: inside the source's folder, with `/`."""
    bytes: int
    """Size as delivered."""
    fingerprint: str
    """sha256 of the bytes as delivered."""
    schema: int
    """Index into `Delivery.schemas`."""
    rows: int
    """All rows of the file, whatever their month."""
    months: list[date]
    """The billing months of its rows."""
    dataset: str = ""
    """Which of the provider's datasets it belongs to, where one delivery holds several (Azure: actual, amortized)."""


@dataclass(frozen=True)
class Cost:
    """What one delivery costs in one currency (and dataset)."""

    billing_currency: str
    row_count: int
    delivered_cost: Decimal
    """Exact sum of what was delivered, before any rounding."""
    raw_cost: Decimal
    """Sum of the lines, each amount rounded to 9 decimals."""
    dataset: str = ""
    """As in `RawFile`."""
    amount_count: int = 0
    """How many amounts were rounded: one per line and addend; 0 in what was recorded before there were addends."""


@dataclass(frozen=True)
class ServiceCost:
    """What one delivery costs for one service and currency; `service_name` as delivered, None where it is null."""

    billing_currency: str
    service_name: str | None
    row_count: int
    raw_cost: Decimal


@dataclass(frozen=True)
class Delivery:
    """What a provider wrote for one source and billing month at one time, taken whole."""

    source_name: str
    format: str
    billing_month: date
    delivery_id: str
    months: list[date]
    """All months of the same snapshot (a bare folder may hold several); they share the raw folder."""
    order_basis: str
    """'manifest' or 'folder' (the provider's own stamp), else 'arrival'."""
    order_stamp: datetime
    provider_stamp: datetime | None
    provider_id: str | None
    """The provider's own name for this delivery (execution or assembly id)."""
    loaded_at: datetime
    arrival: int
    """Counts the deliveries of one source in the order in which they were taken."""
    fingerprint: str
    signature: str
    """Names, sizes and times of the delivered files: equal means there is no need to read them again."""
    files: list[RawFile]
    schemas: list[list[list[str]]]
    """Physical schemas of the raw files: lists of [column name, DuckDB type]."""
    byte_count: int
    row_count: int
    duplicate_row_count: int
    duplicate_costs: dict[str, Decimal]
    """By currency: the cost of the lines that repeat another line in every column (they are kept)."""
    column_names: list[str]
    missing_columns: list[str]
    unknown_columns: list[str]
    discount_modes: dict[str, str]
    """By payer account: 'gross', 'net_effective' or 'net'."""
    costs: list[Cost]
    service_costs: list[ServiceCost]
    profile: dict[str, Any] = field(default_factory=dict)
    """Counts that the front door judges; see `profile.py`."""
    warnings: list[str] = field(default_factory=list)
    format_version: str | None = None
    """The version of the format that the columns tell, where the format has versions (FOCUS: '1.2')."""
    corrections: str | None = None
    """What `sources.yml` said of the source when this was taken; None in what was recorded before that was kept."""

    @property
    def replaces(self) -> bool:
        """Whether this was taken as the whole bill, in place of what was there before."""
        return self.corrections == REPLACEMENT

    @property
    def order_key(self) -> tuple[datetime, int]:
        """Deliveries of one source, month and order basis in the provider's order."""
        return (self.order_stamp, self.arrival)

    def is_newer_than(self, basis: str, stamp: datetime | None) -> bool:
        """Tell whether the provider wrote this later; stamps of another basis, or none, say nothing about it."""
        return stamp is not None and basis == self.order_basis and stamp < self.order_stamp

    @property
    def raw_folder(self) -> str:
        """Inside the raw directory, with `/`."""
        return f"{self.source_name}/{self.delivery_id}"

    @property
    def delivered_costs(self) -> dict[str, Decimal]:
        """What was delivered in each currency, in all datasets."""
        sums: dict[str, Decimal] = {}
        for cost in self.costs:
            sums[cost.billing_currency] = EXACT.add(sums.get(cost.billing_currency, Decimal(0)), cost.delivered_cost)
        return sums

    @property
    def duplicate_cost(self) -> Decimal | None:
        """The cost of repeated lines; None if they are in several currencies, which are never added."""
        return None if len(self.duplicate_costs) > 1 else sum(self.duplicate_costs.values(), Decimal(0))

    @property
    def discount_mode(self) -> str:
        """The one mode of all payers, or 'mixed'."""
        modes = set(self.discount_modes.values()) or {"gross"}
        return modes.pop() if len(modes) == 1 else "mixed"


@dataclass(frozen=True)
class Rejection:
    """A delivery that was not taken, and why."""

    source_name: str
    format: str
    rejection_id: str
    signature: str
    billing_month: date | None
    order_basis: str
    order_stamp: datetime
    provider_stamp: datetime | None
    seen_at: datetime
    message: str
    file: str | None = None
    file_count: int = 0
    byte_count: int = 0


@dataclass(frozen=True)
class Pending:
    """A delivery that the provider is still writing."""

    source_name: str
    format: str
    billing_month: date | None
    message: str


Record = typing.TypeVar("Record")


def to_json(record: Any) -> dict[str, Any]:  # noqa: ANN401  (any of the dataclasses that the ledger keeps)
    """Give the record as plain JSON values, with the version of the schema."""
    return {"schema_version": SCHEMA_VERSION, **_plain(dataclasses.asdict(record))}


def from_json(kind: type[Record], content: dict[str, Any]) -> Record:
    """Read what `to_json` wrote; keys that this version does not know are left out."""
    return _build(kind, content)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _build(kind: type, content: dict[str, Any]) -> Any:  # noqa: ANN401
    hints = typing.get_type_hints(kind)
    known = [item.name for item in dataclasses.fields(kind) if item.name in content]
    return kind(**{name: _typed(hints[name], content[name]) for name in known})


def _typed(hint: Any, value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return None
    args = typing.get_args(hint)
    if typing.get_origin(hint) is list:
        return [_typed(args[0], item) for item in value]
    if typing.get_origin(hint) is dict:
        return {key: _typed(args[1], item) for key, item in value.items()}
    if type(None) in args:
        return _typed(next(arg for arg in args if arg is not type(None)), value)
    if dataclasses.is_dataclass(hint):
        return _build(hint, value)
    if hint in (date, datetime):
        return hint.fromisoformat(value)
    return Decimal(value) if hint is Decimal else value
