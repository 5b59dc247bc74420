"""Which columns a delivery came with, month by month, under a name that equal sets of columns share.

Years of refreshes share a few sets, so the ledger's tables keep each set once. Belongs here: names and types as
delivered, and their place in the raw relation. Does not belong here: reading files (`take.py`), telling drift
(`models/ops/column_changes.sql`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestration.formats import FORMATS, DuplicateColumnError
from orchestration.landing.take import is_converted

if TYPE_CHECKING:
    from orchestration.landing.records import Delivery


@dataclass(frozen=True)
class DeliveredColumn:
    """One column as delivered. Text files tell no type; a column that no raw relation has tells no place."""

    name: str
    type: str | None
    canonical_name: str | None


def delivered_columns(delivery: Delivery) -> list[DeliveredColumn]:
    """List the columns of one month of a delivery, in the delivered order."""
    # Of a snapshot of several months, the files of the other months may have other columns.
    types: dict[str, str | None] = {}
    for number, converted in {file.schema: is_converted(file.origin) for file in delivery.files}.items():
        types |= {name: None if converted else physical for name, physical in delivery.schemas[number]}
    places = _places(delivery.format, tuple(delivery.column_names))
    return [
        DeliveredColumn(name, types.get(name), place)
        for name, place in zip(delivery.column_names, places, strict=True)
        if not types or name in types or place in types
    ]


def schema_id(delivery: Delivery) -> str:
    """Name the set of columns of a delivery."""
    columns = [[column.name, column.type] for column in delivered_columns(delivery)]
    return hashlib.sha256(json.dumps([delivery.format, columns]).encode()).hexdigest()[:16]


def format_version(delivery: Delivery) -> str | None:
    """Give the version of its format; deliveries recorded before versions were told are told by their columns."""
    version_of = FORMATS[delivery.format].version_of if delivery.format in FORMATS else None
    return delivery.format_version or (version_of(delivery.column_names) if version_of else None)


@lru_cache(maxsize=256)
def _places(format_name: str, names: tuple[str, ...]) -> list[str | None]:
    """Find the canonical column of each name, or the map that takes it; None for what has no place of its own."""
    if format_name not in FORMATS:
        return [None] * len(names)
    try:
        matches = [FORMATS[format_name].match(list(names))]
    except DuplicateColumnError:  # files of one delivery may spell a column differently
        matches = [FORMATS[format_name].match([name]) for name in names]
    found: dict[str, str] = {}
    for match in matches:
        for place, keys in match.spread.items():
            found |= dict.fromkeys(keys.values(), place)
        found |= {name: place for place, name in match.direct.items()}
        found = {name: place for name, place in found.items() if name not in match.unknown}
    return [found.get(name) for name in names]
