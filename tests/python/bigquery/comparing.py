"""Rows of two engines, side by side.

Belongs here: what counts as the same value on DuckDB and BigQuery, and how a difference is told. Does not belong here:
where the rows come from.

The same: numbers of any type by value, exactly; times as naive UTC; a map as its sorted pairs, an absent map and an
empty one alike (BigQuery knows no null array). Rows are compared as a bag, in no order.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

# An engine's own hash of a tag map: a build groups by it, nobody else sees it. Engines may give one hash or two to two
# maps that mean the same, so relations that have it are compared as sets.
BUILD_HASH = "tag_hash"
# A quotient of twelve decimals, of which the stand-in keeps nine.
QUOTIENTS = {"exchange_rate", "former_exchange_rate"}


def duckdb_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Read a DuckDB relation ('schema.table'): its columns and rows."""
    answer = connection.execute(f"select * from {relation}")
    return [column[0] for column in answer.description], answer.fetchall()


def plain(value: Any) -> Any:  # noqa: ANN401
    """Give a value in the form in which it is compared; everything in it can be hashed."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value)).normalize() if isinstance(value, float) else Decimal(value).normalize()
    if isinstance(value, dt.datetime) and value.tzinfo:
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    if isinstance(value, dict):
        return tuple(sorted((key, plain(item)) for key, item in value.items())) or None
    if isinstance(value, list):
        if all(isinstance(item, dict) and item.keys() == {"key", "value"} for item in value):
            return plain({item["key"]: item["value"] for item in value})
        return tuple(plain(item) for item in value) or None
    return value


def differences(
    name: str,
    left: tuple[Sequence[str], Iterable[Sequence[Any]]],
    right: tuple[Sequence[str], Iterable[Sequence[Any]]],
    *,
    labels: tuple[str, str],
) -> list[str]:
    """Tell how two relations (columns, rows) differ, in lines for a person; an empty list where they do not."""
    left_names, right_names = ({column.lower() for column in columns} for columns in (left[0], right[0]))
    if left_names != right_names:
        return [f"{name}: columns differ: {sorted(left_names ^ right_names)}"]
    columns = sorted(left_names - {BUILD_HASH})
    bags = [_bag(columns, *side) for side in (left, right)]
    if BUILD_HASH in left_names:
        bags = [Counter(bag.keys()) for bag in bags]
    told = []
    for label, surplus in zip(labels, (bags[0] - bags[1], bags[1] - bags[0]), strict=True):
        told += [(row, label) for row in surplus.elements()]
    if not told:
        return []
    sizes = " and ".join(f"{sum(bag.values())} rows on {label}" for bag, label in zip(bags, labels, strict=True))
    return [f"{name}: {sizes}, {len(told)} without their like", *_pairs(columns, told)]


def _bag(columns: list[str], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Counter[tuple[Any, ...]]:
    place = {name.lower(): number for number, name in enumerate(names)}
    return Counter(
        tuple(
            _nine(plain(row[place[column]])) if column in QUOTIENTS else plain(row[place[column]]) for column in columns
        )
        for row in rows
    )


def _nine(value: Any) -> Any:  # noqa: ANN401
    return round(value, 9).normalize() if isinstance(value, Decimal) else value


def _pairs(columns: list[str], told: list[tuple[tuple[Any, ...], str]], limit: int = 3) -> list[str]:
    """Show the first rows, each beside the most similar row of the other side, by the columns in which they differ."""
    lines = []
    for row, label in told[:limit]:
        others = [other for other, side in told if side != label]
        if not others:
            lines.append(f"  only on {label}: {dict(zip(columns, row, strict=True))}")
            continue
        near = max(others, key=lambda other: sum(a == b for a, b in zip(row, other, strict=True)))
        apart = {c: (a, b) for c, a, b in zip(columns, row, near, strict=True) if a != b}
        lines.append(f"  {label} against the other: {apart}")
    return lines
