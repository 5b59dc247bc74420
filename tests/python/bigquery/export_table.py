"""The customer's table of Google's billing export: its schema on BigQuery, and its rows as clients take them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from google.cloud.bigquery import SchemaField

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


def type_of(field: SchemaField) -> str:
    kind = {"FLOAT": "FLOAT64", "RECORD": "STRUCT"}.get(field.field_type, field.field_type)
    if kind == "STRUCT":
        kind = f"STRUCT<{', '.join(f'{part.name} {type_of(part)}' for part in field.fields)}>"
    return f"ARRAY<{kind}>" if field.mode == "REPEATED" else kind


def value_of(field: SchemaField, value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return None
    if field.field_type == "TIMESTAMP":
        return dt.datetime.strptime(value, "%Y-%m-%d %H:%M:%S UTC")  # noqa: DTZ007
    if field.mode == "REPEATED":
        return [{part.name: item.get(part.name) for part in field.fields} for item in value]
    if field.field_type == "RECORD":
        return {part.name: value_of(part, value.get(part.name)) for part in field.fields}
    return value
