"""What rows of `anomalies` are written with, of days and of hours, and what publications said of them.

Belongs here: what both searches share beyond the searching.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.analysis.warehouse import Warehouse

DAY, HOUR = "day", "hour"
_SEVERITIES = ((0.10, "critical"), (0.03, "high"), (0.01, "medium"))  # of the daily cost of the company
Row = dict[str, Any]


def said(warehouse: Warehouse, grain: str, columns: Iterable[str]) -> list[Row]:
    """Return what publications said of anomalies of a grain, the oldest first; former versions knew days alone."""
    if "anomaly_states" not in warehouse.relations("raw"):
        return []
    return warehouse.query(
        f"select {', '.join(columns)} from {warehouse.relation('raw', 'anomaly_states')} "
        f"where coalesce(anomaly_grain, '{DAY}') = '{grain}' order by publication_id"
    ).to_pylist()


def id_of(*key: str) -> str:
    """Make an id of what an anomaly is known by."""
    return hashlib.sha256("|".join(key).encode()).hexdigest()[:16]


def direction(*, up: bool) -> str:
    """Name the direction."""
    return "up" if up else "down"


def severity(impact: float, company: float) -> str:
    """Tell how bad the impact of a day is by its share of what the company costs a day."""
    share = impact / company if company > 0 else 0.0
    return next((word for least, word in _SEVERITIES if share >= least), "low")


def money(amount: float) -> Decimal:
    """Write an estimate to the cent."""
    return Decimal(f"{amount:.2f}")
