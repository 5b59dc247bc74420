"""What discovery finds in a source's folder: deliveries that could be taken. Plain data and its signature."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestration.landing.records import Pending
from orchestration.landing.storage import DeliveredFile
from orchestration.sources import REPLACEMENT

if TYPE_CHECKING:
    from datetime import date, datetime

    from orchestration.sources import Source

__all__ = ["Candidate", "DeliveredFile", "Discovery"]


@dataclass(frozen=True)
class Candidate:
    """One delivery as found. With a `problem` it is to be rejected without opening its files."""

    source: Source
    billing_month: date | None
    """The month that the layout names; None for a bare folder, whose rows tell."""
    files: list[DeliveredFile]
    order_basis: str = "arrival"
    provider_stamp: datetime | None = None
    provider_id: str | None = None
    manifest_text: str = ""
    problem: str | None = None
    problem_file: str | None = None
    is_listed: bool = True
    """Whether the provider says which files of the folder make it up; else all of them do, leftovers included."""
    row_count: int | None = None
    """Lines of all files as the manifest counts them."""

    @property
    def signature(self) -> str:
        """Digest of what can be seen without reading the data files: format, manifest, names, sizes and times.

        And of what is said of the source, where that decides what may be taken.
        """
        digest = hashlib.sha256()
        month = self.billing_month.isoformat() if self.billing_month else ""
        said = [] if self.source.corrections == REPLACEMENT else [self.source.corrections]
        for part in (self.source.format, month, self.provider_id or "", self.manifest_text, self.problem or "", *said):
            digest.update(part.encode() + b"\0")
        for file in sorted(self.files, key=lambda item: item.origin):
            digest.update(f"{file.origin}\0{file.size}\0{file.stamp}\0".encode())
        return digest.hexdigest()

    @property
    def byte_count(self) -> int:
        """Size of all files as delivered."""
        return sum(file.size for file in self.files)

    @property
    def where(self) -> str:
        """Name the delivery for a message."""
        month = f", month {self.billing_month:%Y-%m}" if self.billing_month else ""
        return f"Source {self.source.name}{month}"


@dataclass
class Discovery:
    """All that was found in one source's folder; the candidates of one month stand newest first."""

    candidates: list[Candidate] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    is_complete: bool = True
    """False if the place could not be read to its end: what is missing here may still be there."""

    def wait(self, source: Source, month: date | None, message: str) -> None:
        """Note a delivery that the provider has not finished."""
        self.pending.append(Pending(source.name, source.format, month, message))
