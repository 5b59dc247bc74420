"""The engine's Python twin for analyses: read relations as Arrow tables, write Arrow tables as relations.

Belongs here: the two engines behind one interface. SQL given to `query` names relations by `relation()` and uses only
what both engines know; types, quoting and loading are decided here. Timestamps are naive UTC on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import duckdb
import pyarrow as pa

from orchestration.landing.engine import identifier

if TYPE_CHECKING:
    from google.cloud import bigquery

ANALYSIS = "analysis"


class Warehouse(Protocol):
    """Where marts are read and analyses written; a layer is a schema of the house, such as `marts` or `analysis`."""

    def relation(self, layer: str, name: str) -> str:
        """Write the full name of a relation, as a query needs it."""

    def query(self, sql: str) -> pa.Table:
        """Run a query."""

    def relations(self, layer: str) -> set[str]:
        """Return the names of the relations of a layer; empty where there is no such schema."""

    def write(self, name: str, table: pa.Table) -> None:
        """Replace the relation `name` of the layer `analysis`, whole or not at all."""


class DuckDBWarehouse:
    """The build database of DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str = "finops") -> None:
        """Take a connection that may write; `schema` is the target's, which all schemas begin with."""
        self.connection, self.schema = connection, schema

    def relation(self, layer: str, name: str) -> str:
        """See `Warehouse`."""
        return f"{identifier(f'{self.schema}_{layer}')}.{identifier(name)}"

    def query(self, sql: str) -> pa.Table:
        """See `Warehouse`."""
        return self.connection.sql(sql).to_arrow_table()

    def relations(self, layer: str) -> set[str]:
        """See `Warehouse`."""
        found = self.connection.execute(
            "select table_name from information_schema.tables where table_schema = ?", [f"{self.schema}_{layer}"]
        ).fetchall()
        return {name for (name,) in found}

    def write(self, name: str, table: pa.Table) -> None:
        """See `Warehouse`."""
        self.connection.execute(f"create schema if not exists {identifier(f'{self.schema}_{ANALYSIS}')}")
        self.connection.register("analysis_rows", table)
        try:
            self.connection.execute(
                f"create or replace table {self.relation(ANALYSIS, name)} as select * from analysis_rows"
            )
        finally:
            self.connection.unregister("analysis_rows")


class BigQueryWarehouse:
    """A project of BigQuery, reached with the credentials of dbt's profile."""

    def __init__(self, client: bigquery.Client, schema: str = "finops") -> None:
        """Take a client of the project that dbt builds in; `schema` is the target's, as on DuckDB."""
        self.client, self.schema = client, schema

    def relation(self, layer: str, name: str) -> str:
        """See `Warehouse`."""
        return f"`{self.client.project}.{self.schema}_{layer}.{name}`"

    def query(self, sql: str) -> pa.Table:
        """See `Warehouse`."""
        found = self.client.query_and_wait(sql).to_arrow(create_bqstorage_client=False)
        fields = [pa.field(field.name, _naive(field.type)) for field in found.schema]
        return found.cast(pa.schema(fields))

    def relations(self, layer: str) -> set[str]:
        """See `Warehouse`."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 - only where BigQuery is used

        try:
            return {table.table_id for table in self.client.list_tables(f"{self.schema}_{layer}")}
        except NotFound:
            return set()

    def write(self, name: str, table: pa.Table) -> None:
        """See `Warehouse`; one load job, which costs nothing."""
        from orchestration.bigquery import RAW_SCHEMA, RawLoader  # noqa: PLC0415 - only where BigQuery is used

        with duckdb.connect() as con:
            con.execute(f"create schema {RAW_SCHEMA}")
            con.register("analysis_rows", table)
            con.execute(f"create table {RAW_SCHEMA}.{identifier(name)} as select * from analysis_rows")
            RawLoader(self.client, f"{self.schema}_{ANALYSIS}").load(con)


def _naive(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind
