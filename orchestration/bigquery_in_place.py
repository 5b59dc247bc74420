"""Google's billing export read where it is: raw relations as views over the customer's own table in BigQuery.

Belongs here: the SQL of those views and of their ledger rows. Does not belong here: loading of files (`bigquery.py`),
what models make of the lines (dbt). The rules are those of `landing/expressions.py`: money in a float over whole
billionths, of a key that is there twice the first value, what the table lacks is null.

A table read in place has one delivery per invoice month, `in-place-<month>`: nothing is copied, so there is no former
delivery to go back to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.bigquery import bigquery_type
from orchestration.errors import FinopsError
from orchestration.formats.base import name_key
from orchestration.formats.gcp import GCP_BILLING
from orchestration.landing.expressions import COUNTABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.cloud import bigquery

    from orchestration.formats.base import Column

_TEXT, _MAP = "VARCHAR", "MAP(VARCHAR, VARCHAR)"
_TYPES = {"text": _TEXT, "timestamp": "TIMESTAMP", "month": "DATE", "map": _MAP}
_FLOATS = ("FLOAT", "FLOAT64")


def lines_sql(table: str, fields: Iterable[bigquery.SchemaField], source_name: str) -> str:
    """Select the lines of an export table as the raw relation `gcp_billing` has them.

    `fields` is the table's schema as it is today: Google adds columns, and older tables lack some.
    """
    paths = {name_key(path): (path, field) for path, field in _leaves("", fields)}
    missing = [name for name in GCP_BILLING.required if name_key(name) not in paths]
    if missing:
        raise FinopsError(
            f"The table {table} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}, so it is not "
            "Google's billing export; name the table gcp_billing_export_v1_… or gcp_billing_export_resource_v1_…."
        )
    columns = [
        f"{_read(column, *paths[name_key(column.name)]) if name_key(column.name) in paths else _nothing(column)} "
        f"as {column.name}"
        for column in GCP_BILLING.columns
    ]
    month = _month(*paths[name_key(GCP_BILLING.period_column)])
    columns += [f"'{source_name}' as source_name", f"{month} as billing_month"]
    columns += [f"{_delivery(month)} as delivery_id", "'gross' as discount_mode", "'' as dataset"]
    return "select\n    " + ",\n    ".join(columns) + f"\nfrom {_quoted(table)}"


def costs_sql(table: str, fields: Iterable[bigquery.SchemaField], source_name: str) -> str:
    """Select the ledger's costs of the same table: exactly as delivered beside the sum of rounded amounts."""
    paths = {name_key(path): (path, field) for path, field in _leaves("", fields)}
    cost, listed = paths["cost"], paths["credits"]
    amount = next(field for field in listed[1].fields if name_key(field.name) == "amount")
    month, each, items = _month(*paths["invoicemonth"]), f"credit.{amount.name}", f"unnest({listed[0]}) as credit"
    exact = f"{_exact(*cost)} + coalesce((select sum({_exact(each, amount)}) from {items}), 0)"
    rounded = f"{_money(*cost)} + coalesce((select sum({_money(each, amount)}) from {items}), 0)"
    amounts = (
        f"select {month} as billing_month, {paths['currency'][0]} as billing_currency, {exact} as exact_cost, "
        f"{rounded} as rounded_cost, 1 + coalesce(array_length({listed[0]}), 0) as amounts from {_quoted(table)}"
    )
    return (
        f"select '{source_name}' as source_name, billing_month, {_delivery('billing_month')} as delivery_id, "
        "'' as dataset, billing_currency, count(*) as row_count, sum(amounts) as amount_count, "
        f"sum(exact_cost) as delivered_cost, sum(rounded_cost) as raw_cost from ({amounts}) as lines "
        "group by billing_month, billing_currency"
    )


def _quoted(table: str) -> str:
    return ".".join(f"`{part}`" for part in table.split("."))


def _leaves(above: str, fields: Iterable[bigquery.SchemaField]) -> Iterator[tuple[str, bigquery.SchemaField]]:
    """List the fields by path; a repeated record is one field."""
    for field in fields:
        if field.field_type in ("RECORD", "STRUCT") and field.mode != "REPEATED":
            yield from _leaves(f"{above}{field.name}.", field.fields)
        else:
            yield f"{above}{field.name}", field


def _read(column: Column, path: str, field: bigquery.SchemaField) -> str:
    match column.kind:
        case "decimal" | "rate":
            return _money(path, field)
        case "month":
            return _month(path, field)
        case "map":
            return _pairs(path, field)
        case "list":
            return _list(column, path, field)
        case "timestamp":
            return path
    return f"nullif({path}, '')" if field.field_type == "STRING" else f"cast({path} as string)"


def _money(path: str, field: bigquery.SchemaField) -> str:
    if field.field_type in _FLOATS:
        rest = f"cast(round(({path} - trunc({path})) * 1e9) as numeric) * numeric '0.000000001'"
        return (
            f"case when abs({path}) < {COUNTABLE} then cast(round({path} * 1e9) as numeric) * numeric '0.000000001' "
            f"else cast(trunc({path}) as numeric) + {rest} end"
        )
    return f"safe_cast({path} as numeric)" if field.field_type == "STRING" else f"cast({path} as numeric)"


def _exact(path: str, field: bigquery.SchemaField) -> str:
    """Read money exactly: a float through its shortest text, unless it is too large for nine reliable decimals."""
    text = f"cast(cast({path} as string) as bignumeric)"
    if field.field_type not in _FLOATS:
        return text
    rounded = _money(path, field)
    return f"case when abs({text} - {rounded}) * 2 <= numeric '0.000000001' then {text} else {rounded} end"


def _month(path: str, field: bigquery.SchemaField) -> str:
    text = path if field.field_type == "STRING" else f"cast({path} as string)"
    return f"parse_date('%Y%m', {text})"


def _delivery(month: str) -> str:
    return f"'in-place-' || format_date('%Y%m', {month})"


def _pairs(path: str, field: bigquery.SchemaField) -> str:
    key, value = (next(part.name for part in field.fields if name_key(part.name) == name) for name in ("key", "value"))
    return (
        f"array(select as struct pair.{key} as key, pair.{value} as value from unnest({path}) as pair with offset as "
        f"place where pair.{key} is not null qualify row_number() over (partition by pair.{key} order by place) = 1 "
        "order by place)"
    )


def _list(column: Column, path: str, field: bigquery.SchemaField) -> str:
    found = {name_key(part.name): part for part in field.fields}
    parts = []
    for part in column.parts:
        there = found.get(name_key(part.name))
        parts.append(f"{_read(part, f'item.{there.name}', there) if there else _nothing(part)} as {part.name}")
    return f"array(select as struct {', '.join(parts)} from unnest({path}) as item with offset as place order by place)"


def _nothing(column: Column) -> str:
    if column.kind == "map":
        return "cast([] as array<struct<key string, value string>>)"
    return f"cast(null as {bigquery_type(_TYPES.get(column.kind, 'DECIMAL(38,9)'))})"
