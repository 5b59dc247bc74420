"""The raw relations of the build database: one view per format over exactly the files that count by the ledger.

Files with the same columns and types are read together, and each such group is cast to the format's canonical schema
before the union with the others, so that drift between deliveries cannot break or degrade anything. `source_name`,
`billing_month`, `delivery_id`, `discount_mode` and `dataset` are literals in each branch, which lets DuckDB leave out
whole deliveries. Only a file that holds several months reads its month from the row. Lines of a delivery that came
after its month was closed have the source name `<source>/<delivery>` (see `books.py`), so that they mix with no others.

Discount modes (AWS; FOCUS is always 'gross'):
  gross          no net column is filled, or what is filled does not tell the whole month (the delivery then says so)
  net_effective  net columns are filled, and discounts are lines of their own with which the net costs agree
  net            net columns are filled, the export has a discount column, and there are no discount lines
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestration.formats import FORMATS, Format
from orchestration.landing.book_tables import create_book_tables
from orchestration.landing.books import keep_books
from orchestration.landing.closed_rates import create_closed_rates
from orchestration.landing.engine import identifier, literal, read_parquet
from orchestration.landing.expressions import column_sql, period_month_sql, text_sql
from orchestration.landing.facts.relations import create_fact_relations
from orchestration.landing.ledger_tables import create_ledger_tables
from orchestration.landing.nested import fields_of
from orchestration.landing.take import is_converted

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from orchestration.landing.ledger import Ledger
    from orchestration.landing.records import Delivery, RawFile
    from orchestration.settings import Settings

SCHEMA = "finops_raw"
LITERALS = {
    "source_name": "varchar",
    "billing_month": "date",
    "delivery_id": "varchar",
    "discount_mode": "varchar",
    "dataset": "varchar",
}


def create_raw_relations(connection: duckdb.DuckDBPyConnection, settings: Settings, ledger: Ledger) -> None:
    """Write the schema `finops_raw`: a view per format and fact, and the tables deliveries and (service) costs."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for fmt in FORMATS.values():
        connection.execute(f"create or replace view {SCHEMA}.{fmt.name} as {format_query(settings, ledger, fmt)}")
    create_fact_relations(connection, SCHEMA, settings, ledger)
    create_ledger_tables(connection, SCHEMA, settings, ledger)
    create_book_tables(connection, SCHEMA, ledger)
    create_closed_rates(connection, SCHEMA, settings, ledger)


def format_query(settings: Settings, ledger: Ledger, fmt: Format) -> str:
    """Select all lines of a format that count, in its canonical schema and the columns of `LITERALS`."""
    # Files with the same columns are cast once, above their union: a query over years of months is bound in time.
    shapes: dict[tuple[bool, tuple[tuple[str, str], ...]], list[str]] = defaultdict(list)
    for group in _groups(ledger, fmt):
        types = group.delivery.schemas[group.files[0].schema]
        converted = all(is_converted(file.origin) for file in group.files)
        shapes[converted, tuple((name, physical) for name, physical in types)].append(_branch(settings, fmt, group))
    if not shapes:
        columns = {column.name: column.sql_type for column in fmt.columns} | LITERALS
        nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in columns.items())
        return f"select {nothing} where false"
    return " union all ".join(
        f"select {_columns(fmt, dict(types), converted=converted)} from ({' union all '.join(branches)})"
        for (converted, types), branches in shapes.items()
    )


@dataclass
class _Group:
    """Files of one delivery and dataset with the same columns, and the months that are to be read from them."""

    line_source_name: str
    delivery: Delivery
    months: dict[date, Delivery] = field(default_factory=dict)
    files: list[RawFile] = field(default_factory=list)


def _groups(ledger: Ledger, fmt: Format) -> list[_Group]:
    """Group the files that count; those of one month stand apart from those of several, and empty ones are left out."""
    groups: dict[tuple[str, str, int, str, date | None], _Group] = {}
    for (line_source, month), shown in sorted(keep_books(ledger).shown.items()):
        for delivery in ledger.parts(shown) if shown.format == fmt.name else ():
            for file in delivery.files:
                if file.rows == 0:
                    continue
                own_month = month if len(file.months) == 1 else None
                key = (line_source, delivery.delivery_id, file.schema, file.dataset, own_month)
                group = groups.setdefault(key, _Group(line_source, delivery))
                group.months[month] = delivery
                if file.path not in {other.path for other in group.files}:
                    group.files.append(file)
    return list(groups.values())


def _columns(fmt: Format, types: dict[str, str], *, converted: bool) -> str:
    """Read every canonical column from files of these columns, and pass on what `_branch` adds."""
    fields = fields_of(fmt, types)
    match = fmt.match(list(fields))
    columns = [
        f"{column_sql(column, match, fields, converted=converted)} as {identifier(column.name)}"
        for column in fmt.columns
    ]
    return ", ".join(columns + [f"{_inner(name)} as {name}" for name in LITERALS])


def _inner(name: str) -> str:
    """Name one of `LITERALS` inside, where delivered columns may have the same name."""
    return identifier(f"finops:{name}")


def _branch(settings: Settings, fmt: Format, group: _Group) -> str:
    """Read one group of files as it is, with its literals."""
    delivery, months = group.delivery, group.months
    fields = fields_of(fmt, dict(delivery.schemas[group.files[0].schema]))
    match = fmt.match(list(fields))
    period, account = (fields[match.direct[name]] for name in (fmt.period_column, fmt.account_column))
    row_month = period_month_sql(fmt, period.sql, period.type)
    is_mixed = any(len(file.months) > 1 for file in group.files)
    literals = {
        "source_name": literal(group.line_source_name),
        "billing_month": row_month if is_mixed else f"date '{next(iter(months)).isoformat()}'",
        "delivery_id": literal(delivery.delivery_id),
        "discount_mode": _discount_mode(months, row_month, text_sql(account.sql, account.type)),
        "dataset": literal(group.files[0].dataset),
    }
    added = ", ".join(f"{value} as {_inner(name)}" for name, value in literals.items())
    folder = settings.raw_dir / delivery.raw_folder
    query = f"select *, {added} from {read_parquet([folder / file.path for file in group.files])}"
    if is_mixed:
        wanted = ", ".join(f"date '{item.isoformat()}'" for item in months)
        query += f" where {row_month} in ({wanted})"
    return query


def _discount_mode(months: dict[date, Delivery], row_month: str, account: str) -> str:
    """Write the mode: one literal, unless payers or months differ."""
    modes = {mode for delivery in months.values() for mode in delivery.discount_modes.values()} or {"gross"}
    if len(modes) == 1:
        return literal(modes.pop())
    cases = [
        f"when {row_month} = date '{month.isoformat()}' and coalesce({account}, '') = {literal(payer)} "
        f"then {literal(mode)}"
        for month, delivery in months.items()
        for payer, mode in delivery.discount_modes.items()
    ]
    return f"case {' '.join(cases)} else 'gross' end"
