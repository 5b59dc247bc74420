"""Lines of Google's billing export, nested as BigQuery has them, and short ways to write them as its export does.

Belongs here: one plain line and the writers. Does not belong here: what is expected of the landing.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

LINE: dict[str, Any] = {
    "billing_account_id": "01A2B3-C4D5E6-F7A8B9",
    "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
    "sku": {"id": "BB77-5FDA-69D9", "description": "N2 Instance Core running in Americas"},
    "usage_start_time": "2026-10-03 07:00:00 UTC",
    "usage_end_time": "2026-10-03 08:00:00 UTC",
    "project": {"id": "shop", "number": "42", "name": "Shop", "labels": [{"key": "team", "value": "web"}]},
    "labels": [{"key": "env", "value": "prod"}],
    "system_labels": [],
    "location": {"location": "us-central1", "country": "US", "region": "us-central1", "zone": "us-central1-a"},
    "cost": 1.25,
    "currency": "USD",
    "currency_conversion_rate": 1.0,
    "usage": {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0, "pricing_unit": "hour"},
    "credits": [],
    "invoice": {"month": "202610"},
    "cost_type": "regular",
    "export_time": "2026-10-03 12:00:00 UTC",
}

_PAIRS = 'struct("key" varchar, "value" varchar)[]'
_CREDITS = 'struct("name" varchar, amount double, full_name varchar, id varchar, "type" varchar)[]'
TYPES = {
    "billing_account_id": "varchar",
    "service": "struct(id varchar, description varchar)",
    "sku": "struct(id varchar, description varchar)",
    "usage_start_time": "timestamptz",
    "usage_end_time": "timestamptz",
    "project": f"struct(id varchar, number varchar, name varchar, labels {_PAIRS})",
    "labels": _PAIRS,
    "system_labels": _PAIRS,
    "location": 'struct("location" varchar, country varchar, region varchar, zone varchar)',
    "cost": "double",
    "currency": "varchar",
    "currency_conversion_rate": "double",
    "usage": "struct(amount double, unit varchar, amount_in_pricing_units double, pricing_unit varchar)",
    "credits": _CREDITS,
    "invoice": 'struct("month" varchar)',
    "cost_type": "varchar",
    "export_time": "timestamptz",
}
"""The types that BigQuery gives the columns of an export."""


def line(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give the plain line with other values."""
    return {**LINE, **changes}


def json_text(lines: list[dict[str, Any]]) -> bytes:
    """Write lines as newline-delimited JSON."""
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in lines).encode()


def write_json(path: Path, lines: list[dict[str, Any]]) -> Path:
    """Write lines as JSON lines, gzip by the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json_text(lines)
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


def write_parquet(path: Path, lines: list[dict[str, Any]], types: dict[str, str] | None = None) -> Path:
    """Write lines as nested Parquet with BigQuery's types; a column that `types` lacks is left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = write_json(path.with_suffix(".rows"), lines)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in (types or TYPES).items())
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy (select * from read_json('{source}', format = 'newline_delimited', records = true, "
            f"hive_partitioning = false, columns = {{{columns}}})) to '{path}' (format parquet)"
        )
    source.unlink()
    return path
