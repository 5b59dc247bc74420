"""Google's export table read in place gives the lines that its exported file gives, by GoogleSQL's own evaluator."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from google.cloud.bigquery import SchemaField

from orchestration.bigquery import raw_columns
from orchestration.bigquery_in_place import costs_sql, lines_sql
from orchestration.errors import FinopsError
from tests.python.landing import gcp_lines as gcp
from tests.python.landing.world import World

from .comparing import plain

if TYPE_CHECKING:
    from pathlib import Path

    from .googlesql import GoogleSQL

TABLE = "standin.billing.gcp_billing_export_v1_01"
_TEXT = "STRING"


def _pairs(name: str) -> SchemaField:
    return SchemaField(name, "RECORD", "REPEATED", fields=[SchemaField("key", _TEXT), SchemaField("value", _TEXT)])


def _record(name: str, **parts: str) -> SchemaField:
    return SchemaField(name, "RECORD", fields=[SchemaField(part, kind) for part, kind in parts.items()])


FIELDS = [
    SchemaField("billing_account_id", _TEXT),
    _record("service", id=_TEXT, description=_TEXT),
    _record("sku", id=_TEXT, description=_TEXT),
    SchemaField("usage_start_time", "TIMESTAMP"),
    SchemaField("usage_end_time", "TIMESTAMP"),
    SchemaField(
        "project",
        "RECORD",
        fields=[SchemaField("id", _TEXT), SchemaField("number", _TEXT), SchemaField("name", _TEXT), _pairs("labels")],
    ),
    _pairs("labels"),
    _pairs("system_labels"),
    _record("location", location=_TEXT, country=_TEXT, region=_TEXT, zone=_TEXT),
    SchemaField("cost", "FLOAT"),
    SchemaField("currency", _TEXT),
    SchemaField("currency_conversion_rate", "FLOAT"),
    _record("usage", amount="FLOAT", unit=_TEXT, amount_in_pricing_units="FLOAT", pricing_unit=_TEXT),
    SchemaField(
        "credits",
        "RECORD",
        "REPEATED",
        fields=[SchemaField("name", _TEXT), SchemaField("amount", "FLOAT"), SchemaField("type", _TEXT)],
    ),
    _record("invoice", month=_TEXT),
    SchemaField("cost_type", _TEXT),
    SchemaField("export_time", "TIMESTAMP"),
]
LINES = [
    gcp.line(credits=[{"name": "Trial", "amount": -0.1234567891234, "type": "PROMOTION"}], cost=0.1 + 0.2),
    gcp.line(labels=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], project=None, cost=-1e-10),
    gcp.line(invoice={"month": "202611"}, cost=12345.678901234),
    gcp.line(invoice={"month": "202612"}, cost=1234567890.1234567),
]


def _type(field: SchemaField) -> str:
    kind = {"FLOAT": "FLOAT64", "RECORD": "STRUCT"}.get(field.field_type, field.field_type)
    if kind == "STRUCT":
        kind = f"STRUCT<{', '.join(f'{part.name} {_type(part)}' for part in field.fields)}>"
    return f"ARRAY<{kind}>" if field.mode == "REPEATED" else kind


def _value(field: SchemaField, value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return None
    if field.field_type == "TIMESTAMP":
        return dt.datetime.strptime(value, "%Y-%m-%d %H:%M:%S UTC")  # noqa: DTZ007
    if field.mode == "REPEATED":
        return [{part.name: item.get(part.name) for part in field.fields} for item in value]
    if field.field_type == "RECORD":
        return {part.name: _value(part, value.get(part.name)) for part in field.fields}
    return value


@pytest.fixture
def table(googlesql: GoogleSQL) -> GoogleSQL:
    """Give an engine that has the customer's table."""
    rows = [tuple(_value(field, line[field.name]) for field in FIELDS) for line in LINES]
    googlesql.add_table(TABLE, {field.name: _type(field) for field in FIELDS}, rows)
    return googlesql


def test_lines_in_place_are_those_of_the_file(table: GoogleSQL, tmp_path: Path) -> None:
    world = World(tmp_path)
    gcp.write_parquet(world.source("gcp_billing", "google") / "a.parquet", LINES)
    world.land()
    with world.raw() as connection:
        names = [column.name for column in raw_columns(connection, "gcp_billing") if column.name != "delivery_id"]
        listed = ", ".join(f'"{name}"' for name in names)
        landed = connection.execute(f"select {listed} from finops_raw.gcp_billing").fetchall()
    columns, rows = table.run(lines_sql(TABLE, FIELDS, "google"))
    place = {name: number for number, name in enumerate(columns)}
    assert set(names) == set(columns) - {"delivery_id"}
    in_place = [tuple(row[place[name]] for name in names) for row in rows]

    def comparable(found: list[tuple[Any, ...]]) -> list[str]:
        return sorted(str([_canonical(value) for value in row]) for row in found)

    assert comparable(in_place) == comparable(landed)


def _canonical(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list) and value and isinstance(value[0], dict) and "amount" in value[0]:
        return [sorted((key, plain(item)) for key, item in credit.items()) for credit in value]
    return plain(value)


def test_costs_in_place_are_exact(table: GoogleSQL) -> None:
    columns, rows = table.run(costs_sql(TABLE, FIELDS, "google"))
    found = {row["billing_month"]: row for row in (dict(zip(columns, row, strict=True)) for row in rows)}
    october = found[dt.date(2026, 10, 1)]
    exact = Decimal("0.30000000000000004") - Decimal("0.1234567891234") - Decimal("0.0000000001")
    assert (october["delivered_cost"], october["raw_cost"]) == (exact, Decimal("0.176543211"))
    assert (october["row_count"], october["amount_count"]) == (2, 3)
    large = found[dt.date(2026, 12, 1)]
    assert large["delivered_cost"] == large["raw_cost"] == Decimal("1234567890.123456717")


def test_another_table_is_refused() -> None:
    with pytest.raises(FinopsError, match=r"lacks the columns cost, .*not Google's billing export"):
        lines_sql(TABLE, [field for field in FIELDS if field.name not in ("cost", "invoice")], "google")
