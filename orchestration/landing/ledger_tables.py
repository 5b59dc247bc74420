"""The ledger as tables in the build database: deliveries in every state, their columns, costs, and costs by service.

`sequence` counts the deliveries of a source and month that were taken, in the provider's order; what was rejected or
is pending has none. Nothing is decided here; see `ledger.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from orchestration.formats import is_bill
from orchestration.landing.books import line_source_names
from orchestration.landing.schemas import delivered_columns, format_version, schema_id

if TYPE_CHECKING:
    import duckdb

    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery
    from orchestration.settings import Settings

_MONEY, _EXACT = pa.decimal128(38, 9), pa.decimal128(38, 24)
_DELIVERIES = pa.schema(
    {
        "source_name": pa.string(),
        "format": pa.string(),
        "format_version": pa.string(),
        "is_bill": pa.bool_(),
        "billing_month": pa.date32(),
        "delivery_id": pa.string(),
        "state": pa.string(),
        "sequence": pa.int64(),
        "order_basis": pa.string(),
        "provider_stamp": pa.timestamp("us"),
        "loaded_at": pa.timestamp("us"),
        "file_count": pa.int64(),
        "byte_count": pa.int64(),
        "row_count": pa.int64(),
        "duplicate_row_count": pa.int64(),
        "duplicate_cost": _MONEY,
        "column_names": pa.string(),
        "missing_columns": pa.string(),
        "unknown_columns": pa.string(),
        "discount_mode": pa.string(),
        "fingerprint": pa.string(),
        "message": pa.string(),
        "is_raw_kept": pa.bool_(),
        "schema_id": pa.string(),
        "line_source_name": pa.string(),
        "storage_bucket": pa.string(),
    }
)
_SCHEMAS = pa.schema(
    {
        "schema_id": pa.string(),
        "position": pa.int64(),
        "column_name": pa.string(),
        "column_type": pa.string(),
        "canonical_name": pa.string(),
    }
)
_KEYS = {"source_name": pa.string(), "billing_month": pa.date32(), "delivery_id": pa.string()}
_COSTS = pa.schema(
    {
        **_KEYS,
        "dataset": pa.string(),
        "billing_currency": pa.string(),
        "row_count": pa.int64(),
        "amount_count": pa.int64(),
        "delivered_cost": _EXACT,
        "raw_cost": _MONEY,
    }
)
_SERVICE_COSTS = pa.schema(
    {
        **_KEYS,
        "billing_currency": pa.string(),
        "service_name": pa.string(),
        "row_count": pa.int64(),
        "raw_cost": _MONEY,
    }
)


def create_ledger_tables(
    connection: duckdb.DuckDBPyConnection, schema_name: str, settings: Settings, ledger: Ledger
) -> None:
    """Write the tables deliveries, delivery_schemas, delivery_costs and delivery_service_costs."""
    for name, schema, rows in (
        ("deliveries", _DELIVERIES, _delivery_rows(settings, ledger)),
        ("delivery_schemas", _SCHEMAS, _schema_rows(ledger)),
        ("delivery_costs", _COSTS, _cost_rows(ledger)),
        ("delivery_service_costs", _SERVICE_COSTS, _service_cost_rows(ledger)),
    ):
        connection.register("landing_facts", pa.Table.from_pylist(rows, schema))
        connection.execute(f"create or replace table {schema_name}.{name} as select * from landing_facts")
        connection.unregister("landing_facts")


def _delivery_rows(settings: Settings, ledger: Ledger) -> list[dict[str, Any]]:
    buckets = {source.name: source.bucket for source in ledger.sources}
    rows = _taken_rows(settings, ledger) + _fact_rows(settings, ledger) + _rejected_rows(ledger) + _pending_rows(ledger)
    return [row | {"storage_bucket": buckets.get(row["source_name"])} for row in rows]


def _taken_rows(settings: Settings, ledger: Ledger) -> list[dict[str, Any]]:
    rows, names = [], line_source_names(ledger)
    for deliveries in ledger.history().values():
        added = {part.delivery_id for part in ledger.parts(deliveries[-1])}
        for sequence, delivery in enumerate(deliveries, start=1):
            earlier = "added" if delivery.delivery_id in added else "superseded"
            rows.append(
                {
                    "source_name": delivery.source_name,
                    "format": delivery.format,
                    "format_version": format_version(delivery),
                    "is_bill": is_bill(delivery.format),
                    "billing_month": delivery.billing_month,
                    "delivery_id": delivery.delivery_id,
                    "state": "current" if delivery is deliveries[-1] else earlier,
                    "sequence": sequence,
                    "order_basis": delivery.order_basis,
                    "provider_stamp": delivery.provider_stamp,
                    "loaded_at": delivery.loaded_at,
                    "file_count": len(delivery.files),
                    "byte_count": delivery.byte_count,
                    "row_count": delivery.row_count,
                    "duplicate_row_count": delivery.duplicate_row_count,
                    "duplicate_cost": delivery.duplicate_cost,
                    "column_names": json.dumps(delivery.column_names, ensure_ascii=False),
                    "missing_columns": json.dumps(delivery.missing_columns),
                    "unknown_columns": json.dumps(delivery.unknown_columns, ensure_ascii=False),
                    "discount_mode": delivery.discount_mode,
                    "fingerprint": delivery.fingerprint,
                    "message": " ".join(delivery.warnings) or None,
                    "is_raw_kept": (settings.raw_dir / delivery.raw_folder).is_dir(),
                    "schema_id": schema_id(delivery),
                    "line_source_name": names.get((delivery.source_name, delivery.billing_month, delivery.delivery_id)),
                }
            )
    return rows


def _fact_rows(settings: Settings, ledger: Ledger) -> list[dict[str, Any]]:
    """Account for the deliveries of facts; they have no billing month and no cost."""
    return [
        {
            "source_name": delivery.source_name,
            "format": delivery.format,
            "is_bill": False,
            "delivery_id": delivery.delivery_id,
            "state": "current" if current is delivery else "superseded",
            "sequence": delivery.arrival,
            "order_basis": "arrival",
            "loaded_at": delivery.loaded_at,
            "file_count": len(delivery.files),
            "byte_count": delivery.byte_count,
            "row_count": delivery.row_count,
            "column_names": json.dumps(delivery.column_names, ensure_ascii=False),
            "missing_columns": json.dumps(delivery.missing_columns),
            "unknown_columns": json.dumps(delivery.unknown_columns, ensure_ascii=False),
            "fingerprint": delivery.fingerprint,
            "message": " ".join(delivery.warnings) or None,
            "is_raw_kept": (settings.raw_dir / delivery.raw_folder).is_dir(),
        }
        for name, current in ledger.current_facts().items()
        for delivery in ledger.facts_of(name, current.format)
    ]


def _rejected_rows(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "source_name": rejection.source_name,
            "format": rejection.format,
            "is_bill": is_bill(rejection.format),
            "billing_month": rejection.billing_month,
            "delivery_id": rejection.rejection_id,
            "state": "rejected",
            "order_basis": rejection.order_basis,
            "provider_stamp": rejection.provider_stamp,
            "loaded_at": rejection.seen_at,
            "file_count": rejection.file_count,
            "byte_count": rejection.byte_count,
            "message": rejection.message,
            "is_raw_kept": False,
        }
        for rejection in ledger.rejections
    ]


def _pending_rows(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "source_name": item.source_name,
            "format": item.format,
            "is_bill": is_bill(item.format),
            "billing_month": item.billing_month,
            "delivery_id": f"pending-{item.source_name}-{item.billing_month or 'all'}",
            "state": "pending",
            "message": item.message,
            "is_raw_kept": False,
        }
        for item in ledger.pending
    ]


def _schema_rows(ledger: Ledger) -> list[dict[str, Any]]:
    examples = {schema_id(delivery): delivery for delivery in ledger.deliveries}
    return [
        {
            "schema_id": name,
            "position": position,
            "column_name": column.name,
            "column_type": column.type,
            "canonical_name": column.canonical_name,
        }
        for name, delivery in examples.items()
        for position, column in enumerate(delivered_columns(delivery), start=1)
    ]


def _keys(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _KEYS}


def _cost_rows(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            **_keys(delivery),
            "dataset": cost.dataset,
            "billing_currency": cost.billing_currency,
            "row_count": cost.row_count,
            "amount_count": cost.amount_count or cost.row_count,
            "delivered_cost": cost.delivered_cost,
            "raw_cost": cost.raw_cost,
        }
        for delivery in ledger.deliveries
        for cost in delivery.costs
    ]


def _service_cost_rows(ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            **_keys(delivery),
            "billing_currency": cost.billing_currency,
            "service_name": cost.service_name,
            "row_count": cost.row_count,
            "raw_cost": cost.raw_cost,
        }
        for delivery in ledger.deliveries
        for cost in delivery.service_costs
    ]
