"""The BigQuery half of the engine's Python twin: raw relations of a local DuckDB, loaded into `<schema>_raw`.

Belongs here: the types of raw columns on BigQuery, the layout of raw tables, the load jobs. Does not belong here: what
is current (the ledger), what the raw relations are made of (`landing/relations.py`), SQL of models (dbt).

A line-level table is partitioned by billing month and clustered by source. One load job replaces one partition whole,
with the lines of every source of that month, so that a reader meets the month before or the month after and never half;
a month that no source delivers any more is replaced by nothing. Load jobs cost nothing on BigQuery, DML would.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from orchestration.dbt import environment, profiles_dir
from orchestration.errors import FinopsError
from orchestration.formats import FORMATS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from dbt.adapters.bigquery.credentials import BigQueryCredentials

    from orchestration.settings import Settings

PROFILE = "finops"
RAW_SCHEMA = "finops_raw"
MONTH_COLUMN = "billing_month"
SOURCE_COLUMN = "source_name"
# One row per billed line, too large to send whole every day; every other raw relation is small and replaced whole.
LINE_RELATIONS = tuple(FORMATS)
_LOADED = "_loaded"

_TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INT64",
    "INTEGER": "INT64",
    "BOOLEAN": "BOOL",
    "DOUBLE": "FLOAT64",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "MAP(VARCHAR, VARCHAR)": "ARRAY<STRUCT<key STRING, value STRING>>",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_NUMERIC_SCALE, _NUMERIC_WHOLE = 9, 29  # NUMERIC's digits after and before the point


@dataclass(frozen=True)
class Column:
    """One column of a raw relation, with its type in DuckDB's words and in BigQuery's."""

    name: str
    duckdb_type: str
    bigquery_type: str

    @property
    def is_map(self) -> bool:
        """Whether it is a map of text to text, on BigQuery a repeated record of key and value."""
        return self.duckdb_type.startswith("MAP")

    def field(self) -> bigquery.SchemaField:
        """Describe the column in a load job's schema."""
        if self.is_map:
            parts = (bigquery.SchemaField("key", "STRING"), bigquery.SchemaField("value", "STRING"))
            return bigquery.SchemaField(self.name, "RECORD", mode="REPEATED", fields=parts)
        if self.duckdb_type.endswith("[]"):
            parts = [Column(name, kind, bigquery_type(kind)).field() for name, kind in _parts(self.duckdb_type)]
            return bigquery.SchemaField(self.name, "RECORD", mode="REPEATED", fields=parts)
        name, _, parameters = self.bigquery_type.partition("(")
        if not parameters:
            return bigquery.SchemaField(self.name, name)
        precision, scale = (int(number) for number in parameters.rstrip(")").split(","))
        return bigquery.SchemaField(self.name, name, precision=precision, scale=scale)

    def select(self) -> str:
        """Select the column as the Parquet file has it: maps as lists of pairs, timestamps known to be UTC."""
        quoted = f'"{self.name}"'
        if self.is_map:
            return f"map_entries({quoted}) as {quoted}"
        if self.duckdb_type == "TIMESTAMP":
            return f"timezone('UTC', {quoted}) as {quoted}"
        return quoted


@dataclass(frozen=True)
class RawView:
    """Lines of a raw relation that are read where they are: the name of the relation, and their query."""

    relation: str
    query: str


@dataclass
class LoadResult:
    """What was loaded: rows by relation, and (relation, month) of every partition that was replaced."""

    rows: dict[str, int] = field(default_factory=dict)
    partitions: list[tuple[str, dt.date]] = field(default_factory=list)


def bigquery_type(duckdb_type: str) -> str:
    """Translate the type of a raw column; FinopsError for a type that raw does not use."""
    if match := _DECIMAL.fullmatch(duckdb_type):
        precision, scale = int(match[1]), int(match[2])
        if scale <= _NUMERIC_SCALE and precision - scale <= _NUMERIC_WHOLE:
            return "NUMERIC"
        return f"BIGNUMERIC({precision}, {scale})"
    if duckdb_type.startswith("STRUCT(") and duckdb_type.endswith(")[]"):
        return f"ARRAY<STRUCT<{', '.join(f'{name} {bigquery_type(kind)}' for name, kind in _parts(duckdb_type))}>>"
    if duckdb_type not in _TYPES:
        message = (
            f"A raw column has the DuckDB type {duckdb_type}, for which no BigQuery type is agreed; cast it to one of: "
        )
        raise FinopsError(message + ", ".join([*_TYPES, "DECIMAL"]) + ".")
    return _TYPES[duckdb_type]


def _parts(duckdb_type: str) -> list[tuple[str, str]]:
    """List the parts of the structs in a list: names and DuckDB types."""
    return [(name, str(kind)) for name, kind in duckdb.sqltype(duckdb_type.removesuffix("[]")).children]


def raw_columns(connection: duckdb.DuckDBPyConnection, relation: str, schema: str = RAW_SCHEMA) -> list[Column]:
    """List the columns of one raw relation, in order."""
    rows = connection.execute(f'describe {schema}."{relation}"').fetchall()
    return [Column(row[0], row[1], bigquery_type(row[1])) for row in rows]


def raw_relations(connection: duckdb.DuckDBPyConnection, schema: str = RAW_SCHEMA) -> list[str]:
    """List the names of all raw relations, views and tables alike; `schema` as in `raw_columns`."""
    query = "select table_name from information_schema.tables where table_schema = ? order by table_name"
    return [row[0] for row in connection.execute(query, [schema]).fetchall()]


class RawLoader:
    """Loads raw relations of a DuckDB connection into one BigQuery dataset.

    `client` decides project, location, credentials and endpoint; `dataset` is made where it is missing.
    """

    def __init__(self, client: bigquery.Client, dataset: str) -> None:
        """Nothing is asked of BigQuery yet."""
        self.client = client
        self.dataset = bigquery.DatasetReference(client.project, dataset)

    def load(
        self,
        connection: duckdb.DuckDBPyConnection,
        pairs: Iterable[tuple[str, dt.date]] | None = None,
        views: Iterable[RawView] = (),
    ) -> LoadResult:
        """Bring BigQuery's raw tables to the state of the local raw relations.

        `pairs`: the (source, billing month)s that differ, months gone included; None compares everything by loading
        everything. `views`: what is read in place. Beside such lines those that were loaded have a table of their own,
        `<relation>_loaded`, and the relation is a view of all. Raises FinopsError that names the table, the month and
        BigQuery's answer.
        """
        dataset = bigquery.Dataset(self.dataset)
        dataset.location = self.client.location
        self.client.create_dataset(dataset, exists_ok=True)
        result = LoadResult()
        listed = None if pairs is None else {month for _, month in pairs}
        in_place: dict[str, list[str]] = {}
        for view in views:
            in_place.setdefault(view.relation, []).append(view.query)
        for relation in raw_relations(connection):
            columns = raw_columns(connection, relation)
            if relation in LINE_RELATIONS:
                target = f"{relation}{_LOADED}" if relation in in_place else relation
                self._make_way(relation, is_view=relation in in_place)
                self._load_months(connection, relation, target, columns, listed, result)
                if relation in in_place:
                    self._create_view(relation, target, columns, in_place[relation])
            else:
                result.rows[relation] = self._load(connection, relation, relation, columns, None)
        return result

    def _make_way(self, relation: str, *, is_view: bool) -> None:
        """Remove a table that is to become a view, or the reverse; its lines are loaded anew."""
        reference = self.dataset.table(relation)
        try:
            there = self.client.get_table(reference)
        except NotFound:
            return
        if (there.table_type == "VIEW") != is_view:
            self.client.delete_table(reference)

    def _create_view(self, relation: str, loaded: str, columns: list[Column], queries: list[str]) -> None:
        """Show what was loaded and what is read in place as one relation, changed in one step."""
        names = ", ".join(column.name for column in columns)
        here = f"{self.dataset.project}`.`{self.dataset.dataset_id}"
        parts = [f"`{here}`.`{loaded}`", *(f"({query})" for query in queries)]
        union = " union all ".join(f"select {names} from {part}" for part in parts)
        try:
            self.client.query_and_wait(f"create or replace view `{here}`.`{relation}` as {union}")
        except GoogleAPICallError as error:
            raise FinopsError(
                f"BigQuery refused the view {self.dataset.dataset_id}.{relation} of what is read in place: "
                f"{error.message}."
            ) from error

    def _load_months(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        target: str,
        columns: list[Column],
        listed: set[dt.date] | None,
        result: LoadResult,
    ) -> None:
        """Replace every partition that differs, and those of listed months that are here no more."""
        there = self._ensure_partitioned(target, columns)
        if there is None:  # a table that was not there lacks every month
            there, listed = set(), None
        query = f'select distinct {MONTH_COLUMN} from {RAW_SCHEMA}."{relation}"'
        here = {row[0] for row in connection.execute(query).fetchall()}
        months = here | there if listed is None else (here | there) & listed
        result.rows[relation] = 0
        for month in sorted(months):
            result.rows[relation] += self._load(connection, relation, target, columns, month)
            result.partitions.append((relation, month))

    def _ensure_partitioned(self, relation: str, columns: list[Column]) -> set[dt.date] | None:
        """Make the table or add columns that it lacks; returns the months that it has rows of, None if it is new."""
        reference = self.dataset.table(relation)
        wanted = [column.field() for column in columns]
        try:
            table = self.client.get_table(reference)
        except NotFound:
            table = bigquery.Table(reference, schema=wanted)
            table.time_partitioning = bigquery.TimePartitioning(
                type_=bigquery.TimePartitioningType.MONTH, field=MONTH_COLUMN
            )
            table.clustering_fields = [SOURCE_COLUMN]
            self.client.create_table(table)
            return None
        have = {existing.name.lower() for existing in table.schema}
        if added := [new for new in wanted if new.name.lower() not in have]:
            table.schema = [*table.schema, *added]
            self.client.update_table(table, ["schema"])
        query = f"select distinct {MONTH_COLUMN} from `{reference.project}.{reference.dataset_id}.{reference.table_id}`"
        return {row[0] for row in self.client.query_and_wait(query)}

    def _load(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        table: str,
        columns: list[Column],
        month: dt.date | None,
    ) -> int:
        """Replace a whole table, or the partition of one month, by one load job; returns the number of rows."""
        options = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            schema=[column.field() for column in columns],
        )
        options.parquet_options = bigquery.ParquetOptions()
        options.parquet_options.enable_list_inference = True
        target = table
        if month is not None:
            target = f"{table}${month:%Y%m}"
            options.time_partitioning = bigquery.TimePartitioning(
                type_=bigquery.TimePartitioningType.MONTH, field=MONTH_COLUMN
            )
            options.clustering_fields = [SOURCE_COLUMN]
        condition = "" if month is None else f"where {MONTH_COLUMN} = date '{month}'"
        with tempfile.TemporaryDirectory(prefix="finops-load-") as folder:
            path = Path(folder) / f"{relation}.parquet"
            selected = ", ".join(column.select() for column in columns)
            # A session's time zone must not reach the file: timezone() above says UTC in so many words.
            connection.execute(
                f"copy (select {selected} from {RAW_SCHEMA}.\"{relation}\" {condition}) to '{path}' (format parquet)"
            )
            try:
                with path.open("rb") as file:
                    job = self.client.load_table_from_file(file, self.dataset.table(target), job_config=options)
                job.result()
            except GoogleAPICallError as error:
                where = f"table {self.dataset.dataset_id}.{table}" + (f", month {month:%Y-%m}" if month else "")
                message = f"BigQuery refused the raw lines of {where}: {error.message}. Nothing of it was replaced."
                raise FinopsError(message) from error
        return int(job.output_rows or 0)


def load_raw(
    settings: Settings, connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, dt.date]] | None = None
) -> LoadResult:
    """Load the raw relations of `connection` to where `profiles.yml` says that BigQuery is; see `RawLoader.load`."""
    credentials = credentials_of(settings)
    return RawLoader(client_of(credentials), f"{credentials.schema}_raw").load(connection, pairs)


def credentials_of(settings: Settings) -> BigQueryCredentials:
    """Read the target `bigquery` of the `profiles.yml` in use, as dbt does; FinopsError says what is wrong with it."""
    from dbt.adapters.bigquery.credentials import BigQueryCredentials  # noqa: PLC0415 - seconds to import
    from dbt.config.profile import Profile, read_profile  # noqa: PLC0415
    from dbt.config.renderer import ProfileRenderer  # noqa: PLC0415
    from dbt_common.context import set_invocation_context  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    folder = profiles_dir(settings)
    set_invocation_context({**os.environ, **environment(settings)})
    try:
        profiles = read_profile(str(folder))
        _, outputs = Profile.render_profile(profiles[PROFILE], PROFILE, "bigquery", ProfileRenderer({}))
        outputs = {name: value for name, value in outputs.items() if name not in ("type", "threads")}
        return BigQueryCredentials.from_dict(BigQueryCredentials.translate_aliases(outputs))
    except (DbtBaseException, KeyError, ValueError) as error:
        message = f"{folder / 'profiles.yml'} has no usable target `bigquery` in its profile `{PROFILE}`: {error}"
        raise FinopsError(message) from error


def client_of(credentials: BigQueryCredentials) -> bigquery.Client:
    """Connect as dbt does: same method, project, location and endpoint; FinopsError where nobody is logged in."""
    from dbt.adapters.bigquery.clients import create_bigquery_client  # noqa: PLC0415 - seconds to import
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    try:
        return create_bigquery_client(credentials)
    except (DbtBaseException, GoogleAuthError) as error:
        reason = " ".join(str(error).split())
        raise FinopsError(
            f"BigQuery does not let us in: {reason} Log in (gcloud auth application-default login), or name a key in "
            "profiles.yml (see profiles.yml.example), and run again."
        ) from error


if __name__ == "__main__":
    import sys

    from orchestration.bigquery_load import main

    sys.exit(main())
