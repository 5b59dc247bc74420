"""The ledger's entry of a delivery of facts. No files are read here; see `ledger.py` for where entries are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class FactFile:
    """One delivered file: its path inside the source's folder, its size, the sha256 of its bytes, its rows."""

    origin: str
    bytes: int
    fingerprint: str
    rows: int


@dataclass(frozen=True)
class FactPeriod:
    """The rows of a delivery that hold for the same days (both included), and a digest of what they say."""

    first_date: date
    last_date: date
    digest: str


@dataclass(frozen=True)
class FactDelivery:
    """What one source of facts held at one time, taken whole."""

    source_name: str
    format: str
    delivery_id: str
    loaded_at: datetime
    arrival: int
    """Counts the deliveries of one source in the order in which they were taken."""
    fingerprint: str
    signature: str
    """Names, sizes and times of the delivered files: equal means there is no need to read them again."""
    files: list[FactFile]
    column_names: list[str]
    """As delivered."""
    raw_columns: list[str]
    """Columns of the raw file that have a place in the format."""
    missing_columns: list[str]
    unknown_columns: list[str]
    warnings: list[str] = field(default_factory=list)
    periods: list[FactPeriod] = field(default_factory=list)
    """For what bills are built with: which days it speaks of. Empty for all other facts."""

    @property
    def raw_folder(self) -> str:
        """Inside the raw directory, with `/`."""
        return f"{self.source_name}/{self.delivery_id}"

    @property
    def row_count(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def byte_count(self) -> int:
        """Size of all files as delivered."""
        return sum(file.bytes for file in self.files)
