"""Google's billing export read where it is: raw relations as views over the customer's own table in BigQuery.

Belongs here: asking a table for its state, the SQL of its lines. Does not belong here: what a state means for the
ledger (`landing/in_place.py`), loading of files (`bigquery.py`), what models make of the lines (dbt). The rules are
those of `landing/expressions.py`: money in a float over whole billionths, of a key that is there twice the first value,
what the table lacks is null.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound

from orchestration.bigquery import RawView, bigquery_type, client_of, credentials_of
from orchestration.errors import DeliveryRejected, DeliveryUnreachable
from orchestration.formats.base import name_key
from orchestration.formats.gcp import GCP_BILLING
from orchestration.landing.expressions import COUNTABLE
from orchestration.landing.in_place import MonthState, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from google.cloud import bigquery

    from orchestration.formats.base import Column
    from orchestration.landing.in_place import Look, Table
    from orchestration.landing.ledger import Ledger
    from orchestration.settings import Settings
    from orchestration.sources import Source

_TEXT, _MAP = "VARCHAR", "MAP(VARCHAR, VARCHAR)"
_TYPES = {"text": _TEXT, "timestamp": "TIMESTAMP", "month": "DATE", "map": _MAP}
_FLOATS = ("FLOAT", "FLOAT64")


class ExportTable:
    """A customer's export table, as a table that is read in place."""

    def __init__(self, client: bigquery.Client, source: Source) -> None:
        """Look at the table; DeliveryRejected if it is not there, closed to us, or another kind of table."""
        self._client, self._source = client, source
        try:
            self._table = client.get_table(source.table)
        except NotFound:
            raise DeliveryUnreachable(
                f"Source {source.name}: there is no table {source.table} on BigQuery; correct the uri in sources.yml."
            ) from None
        except GoogleAPICallError as error:
            raise _explained(source, error) from None
        self.fields = list(self._table.schema)
        check_columns(source, self.fields)
        told = f"{source.table}\0{self._table.modified}\0{self._table.num_rows}\0{self._table.streaming_buffer}"
        self.signature = hashlib.sha256(told.encode()).hexdigest()
        self.column_names = [path for path, _ in _leaves("", self.fields)]

    def months(self) -> dict[date, MonthState]:
        """Ask for the state of each invoice month."""
        found: dict[date, MonthState] = {}
        try:
            for row in self._client.query_and_wait(state_sql(self._source.table, self.fields)):
                share = Share(**dict(row.items()))
                found.setdefault(share.billing_month, MonthState()).shares.append(share)
        except GoogleAPICallError as error:
            raise _explained(self._source, error) from None
        return found


def looker(settings: Settings) -> Look:
    """Give the function that finds tables where `profiles.yml` says that BigQuery is; it connects when first asked."""
    clients: list[bigquery.Client] = []

    def look(source: Source) -> Table:
        if not clients:
            clients.append(client_of(credentials_of(settings)))
        return ExportTable(clients[0], source)

    return look


def raw_views(client: bigquery.Client, ledger: Ledger) -> list[RawView]:
    """Write the queries of all tables that are read in place, each for exactly the months that count by the ledger."""
    views = []
    for source in ledger.sources:
        if source.table:
            deliveries = {
                month: (item.delivery_id, item.profile.get("newest_export"))
                for (name, month), item in ledger.current().items()
                if name == source.name and item.row_count
            }
            if deliveries:
                table = ExportTable(client, source)
                views.append(RawView(source.format, lines_sql(source.table, table.fields, source.name, deliveries)))
    return views


def check_columns(source: Source, fields: Iterable[bigquery.SchemaField]) -> None:
    """Refuse a table that is no billing export."""
    paths = {name_key(path) for path, _ in _leaves("", fields)}
    missing = [name for name in GCP_BILLING.required if name_key(name) not in paths]
    if missing:
        raise DeliveryRejected(
            f"Source {source.name}: the table {source.table} lacks the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}, so it is not Google's billing export; name the table gcp_billing_export_v1_… or "
            "gcp_billing_export_resource_v1_… in sources.yml."
        )


def lines_sql(
    table: str,
    fields: Iterable[bigquery.SchemaField],
    source_name: str,
    deliveries: Mapping[date, tuple[str, str | None]],
) -> str:
    """Select the lines of an export table as the raw relation `gcp_billing` has them.

    `fields` is the table's schema as it is today: Google adds columns, and older tables lack some. `deliveries`: the
    months that count, each with its delivery id and the newest export time that this delivery has; lines of other
    months are left out, and those that Google wrote since.
    """
    paths = {name_key(path): (path, field) for path, field in _leaves("", fields)}
    columns = [
        f"{_read(column, *paths[name_key(column.name)]) if name_key(column.name) in paths else _nothing(column)} "
        f"as {column.name}"
        for column in GCP_BILLING.columns
    ]
    month = _month(*paths[name_key(GCP_BILLING.period_column)])
    ids = " ".join(f"when date '{of}' then '{name}'" for of, (name, _) in sorted(deliveries.items()))
    listed = ", ".join(f"date '{of}'" for of in sorted(deliveries))
    columns += [f"'{source_name}' as source_name", f"{month} as billing_month"]
    columns += [f"{f'case {month} {ids} end' if ids else 'cast(null as string)'} as delivery_id"]
    columns += ["'gross' as discount_mode", "'' as dataset"]
    wanted = f"{month} in ({listed})" if listed else "false"
    stamps = {of: stamp for of, (_, stamp) in sorted(deliveries.items()) if stamp}
    until = " ".join(f"when date '{of}' then timestamp '{stamp}'" for of, stamp in stamps.items())
    if until and "exporttime" in paths:
        exported, ever = paths["exporttime"][0], "timestamp '9999-12-31'"
        wanted += f" and ({exported} is null or {exported} <= coalesce(case {month} {until} end, {ever}))"
    return "select\n    " + ",\n    ".join(columns) + f"\nfrom {_quoted(table)}\nwhere {wanted}"


def state_sql(table: str, fields: Iterable[bigquery.SchemaField]) -> str:
    """Ask what a table has per month, currency and service: lines, and costs exactly and rounded amount by amount."""
    paths = {name_key(path): (path, field) for path, field in _leaves("", fields)}
    cost, listed = paths["cost"], paths["credits"]
    amount = next(field for field in listed[1].fields if name_key(field.name) == "amount")
    month, each, items = _month(*paths["invoicemonth"]), f"credit.{amount.name}", f"unnest({listed[0]}) as credit"
    exact = f"{_exact(*cost)} + coalesce((select sum({_exact(each, amount)}) from {items}), 0)"
    rounded = f"{_money(*cost)} + coalesce((select sum({_money(each, amount)}) from {items}), 0)"
    named = paths.get("servicedescription")
    service = _read(GCP_BILLING.by_name["service_description"], *named) if named else "cast(null as string)"
    exported = paths["exporttime"][0] if "exporttime" in paths else "cast(null as timestamp)"
    start, account = paths["usagestarttime"][0], paths["billingaccountid"][0]
    lines = (
        f"select {month} as billing_month, {paths['currency'][0]} as billing_currency, {service} as service_name, "
        f"{exact} as exact_cost, {rounded} as rounded_cost, 1 + coalesce(array_length({listed[0]}), 0) as amounts, "
        f"{start} as usage_start, {exported} as exported_at, {account} is null as has_no_account, "
        f"{cost[0]} is null as has_no_cost from {_quoted(table)}"
    )
    return (
        "select billing_month, billing_currency, service_name, count(*) as row_count, sum(amounts) as amount_count, "
        "coalesce(sum(exact_cost), 0) as delivered_cost, coalesce(sum(rounded_cost), 0) as raw_cost, "
        "min(usage_start) as first_charge, max(usage_start) as last_charge, max(exported_at) as newest_export, "
        "countif(has_no_account) as null_account_count, countif(has_no_cost) as null_cost_count, "
        f"countif(usage_start is null) as null_charge_count from ({lines}) as lines "
        "group by billing_month, billing_currency, service_name"
    )


def _explained(source: Source, error: GoogleAPICallError) -> DeliveryRejected:
    if isinstance(error, Forbidden):
        return DeliveryUnreachable(
            f"Source {source.name}: access to the table {source.table} is refused; grant BigQuery Data Viewer on its "
            "dataset, and BigQuery Job User in the project of profiles.yml, to the credentials that dbt uses."
        )
    return DeliveryUnreachable(f"Source {source.name}: the table {source.table} cannot be read: {error.message}.")


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
