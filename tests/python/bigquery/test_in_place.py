"""Google's export table read in place gives the lines that its exported file gives, by GoogleSQL's own evaluator."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.bigquery import raw_columns
from orchestration.bigquery_in_place import check_columns, lines_sql, state_sql
from orchestration.errors import DeliveryRejected
from orchestration.sources import Source
from tests.python.landing import gcp_lines as gcp
from tests.python.landing.world import World

from .comparing import plain
from .export_table import FIELDS, TABLE, type_of, value_of

if TYPE_CHECKING:
    from pathlib import Path

    from .googlesql import GoogleSQL

LINES = [
    gcp.line(credits=[{"name": "Trial", "amount": -0.1234567891234, "type": "PROMOTION"}], cost=0.1 + 0.2),
    gcp.line(labels=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], project=None, cost=-1e-10),
    gcp.line(invoice={"month": "202611"}, cost=12345.678901234),
    gcp.line(invoice={"month": "202612"}, cost=1234567890.1234567),
]


@pytest.fixture
def table(googlesql: GoogleSQL) -> GoogleSQL:
    """Give an engine that has the customer's table."""
    rows = [tuple(value_of(field, line[field.name]) for field in FIELDS) for line in LINES]
    googlesql.add_table(TABLE, {field.name: type_of(field) for field in FIELDS}, rows)
    return googlesql


def test_lines_in_place_are_those_of_the_file(table: GoogleSQL, tmp_path: Path) -> None:
    world = World(tmp_path)
    gcp.write_parquet(world.source("gcp_billing", "google") / "a.parquet", LINES)
    world.land()
    with world.raw() as connection:
        names = [column.name for column in raw_columns(connection, "gcp_billing") if column.name != "delivery_id"]
        listed = ", ".join(f'"{name}"' for name in names)
        landed = connection.execute(f"select {listed} from finops_raw.gcp_billing").fetchall()
    months = {dt.date(2026, month, 1): (f"d{month}", None) for month in (10, 11, 12)}
    columns, rows = table.run(lines_sql(TABLE, FIELDS, "google", months))
    place = {name: number for number, name in enumerate(columns)}
    assert set(names) == set(columns) - {"delivery_id"}
    in_place = [tuple(row[place[name]] for name in names) for row in rows]

    def comparable(found: list[tuple[Any, ...]]) -> list[str]:
        return sorted(str([_canonical(value) for value in row]) for row in found)

    assert comparable(in_place) == comparable(landed)
    told = {(row[place["billing_month"]], row[place["delivery_id"]]) for row in rows}
    assert told == {(month, name) for month, (name, _) in months.items()}


def _canonical(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list) and value and isinstance(value[0], dict) and "amount" in value[0]:
        return [sorted((key, plain(item)) for key, item in credit.items()) for credit in value]
    return plain(value)


def test_only_what_the_delivery_has_is_read(table: GoogleSQL) -> None:
    """What Google writes between the look at the table and the build belongs to the next delivery."""
    october, november = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
    columns, rows = table.run(lines_sql(TABLE, FIELDS, "google", {october: ("d1", "2026-10-03 12:00:00+00:00")}))
    months = [row[list(columns).index("billing_month")] for row in rows]
    assert months == [october, october]
    before = {october: ("d1", "2026-10-03 11:59:59+00:00"), november: ("d2", None)}
    columns, rows = table.run(lines_sql(TABLE, FIELDS, "google", before))
    assert [row[list(columns).index("delivery_id")] for row in rows] == ["d2"]
    assert table.run(lines_sql(TABLE, FIELDS, "google", {}))[1] == []


def test_costs_in_place_are_exact(table: GoogleSQL) -> None:
    columns, rows = table.run(state_sql(TABLE, FIELDS))
    found = {row["billing_month"]: row for row in (dict(zip(columns, row, strict=True)) for row in rows)}
    october = found[dt.date(2026, 10, 1)]
    exact = Decimal("0.30000000000000004") - Decimal("0.1234567891234") - Decimal("0.0000000001")
    assert (october["delivered_cost"], october["raw_cost"]) == (exact, Decimal("0.176543211"))
    assert (october["row_count"], october["amount_count"]) == (2, 3)
    large = found[dt.date(2026, 12, 1)]
    assert large["delivered_cost"] == large["raw_cost"] == Decimal("1234567890.123456717")


def test_another_table_is_refused() -> None:
    source = Source("google", "gcp_billing", f"bigquery://{TABLE}")
    with pytest.raises(DeliveryRejected, match=r"lacks the columns cost, .*not Google's billing export"):
        check_columns(source, [field for field in FIELDS if field.name not in ("cost", "invoice")])
