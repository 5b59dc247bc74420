"""The raw relations of the facts: one view per fact over the current delivery of each of its sources, typed.

They are there even where no source delivers the fact, so that models run without any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.landing.engine import identifier, literal
from orchestration.landing.facts.expressions import typed_columns
from orchestration.landing.facts.raw_files import FILE, ROW, rows_of

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats.fact_base import FactFormat
    from orchestration.landing.facts.records import FactDelivery
    from orchestration.landing.ledger import Ledger
    from orchestration.settings import Settings


def create_fact_relations(
    connection: duckdb.DuckDBPyConnection, schema_name: str, settings: Settings, ledger: Ledger
) -> None:
    """Write a view per fact."""
    for fmt in SNAPSHOTS.values():
        connection.execute(f"create or replace view {schema_name}.{fmt.name} as {fact_query(settings, ledger, fmt)}")


def fact_query(settings: Settings, ledger: Ledger, fmt: FactFormat) -> str:
    """Select all current rows of a fact: its columns, and the source and delivery that they came with."""
    current = [delivery for delivery in ledger.current_facts().values() if delivery.format == fmt.name]
    if not current:
        columns = [f"cast(null as {column.sql_type}) as {identifier(column.name)}" for column in fmt.columns]
        nothing = ", ".join([*columns, "cast(null as varchar) as source_name", "cast(null as varchar) as delivery_id"])
        return f"select {nothing} where false"
    return " union all ".join(delivery_query(settings, fmt, delivery) for delivery in current)


def delivery_query(settings: Settings, fmt: FactFormat, delivery: FactDelivery, *, with_places: bool = False) -> str:
    """Select the rows of one delivery, on request with the file and row of each."""
    columns = [
        *typed_columns(fmt, delivery.raw_columns),
        f"{literal(delivery.source_name)} as source_name",
        f"{literal(delivery.delivery_id)} as delivery_id",
    ]
    if with_places:
        columns += [identifier(FILE), identifier(ROW)]
    rows = rows_of(fmt, settings.raw_dir / delivery.raw_folder)
    return f"select {', '.join(columns)} from ({rows})"
