"""Start the BigQuery stand-in with the gaps closed that this project falls into.

Runs inside the stand-in's own environment (Python 3.13), never inside the product's. Belongs here: corrections of the
stand-in, each with the reason. Does not belong here: how it is set up (`environment.py`) or used (`server.py`).

usage: python launch.py serve --host 127.0.0.1 --port PORT --grpc-port PORT --data-dir FOLDER --project NAME
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import duckdb
from local_bigquery.catalog import names, tables
from local_bigquery.cli import main
from local_bigquery.engine import database, types
from local_bigquery.errors import BigQueryError, not_found
from local_bigquery.jobs import query, runner
from local_bigquery.sql.dialect import BigQueryDialect
from local_bigquery.sql.rules import NODE_RULES, partitions, strings
from local_bigquery.sql.rules import typing as typing_rules
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable

# BIGNUMERIC has 38 digits after the point, DuckDB 38 digits in all; 24 is what delivered money is kept with.
EXACT_DECIMAL = "DECIMAL(38, 24)"


def report_destination(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let a `create table as` job name the table that it made: dbt asks for the table by the job's destination."""

    def execute(*args: Any, **options: Any) -> Any:  # noqa: ANN401
        statistics, children, destination = original(*args, **options)
        created = getattr(statistics, "statementType", None) == "CREATE_TABLE_AS_SELECT"
        if destination is None and not children and created:
            destination = statistics.ddlTargetTable
        return statistics, children, destination

    return execute


def load_into_partition(original: Callable[..., Any]) -> Callable[..., Any]:
    """Understand a load job into `table$YYYYMM`: as on BigQuery, WRITE_TRUNCATE then replaces that month's rows alone.

    Rows of another month make the job fail, as they do there.
    """

    def run(cursor: Any, config: Any, upload: str | None) -> Any:  # noqa: ANN401
        name, decorated, month = config.destinationTable.tableId.partition("$")
        if not decorated:
            return original(cursor, config, upload)
        config.destinationTable.tableId = name
        table = tables.load(*tables.reference(config.destinationTable))
        target = tables.name(*tables.reference(config.destinationTable))
        in_month = f"strftime({table.timePartitioning.field}, '%Y%m') = '{month}'"
        strangers = f"select count(*) from read_parquet('{upload}') where ({in_month}) is not true"
        if cursor.execute(strangers).fetchone()[0]:
            raise BigQueryError("invalid", f"Some rows belong to different partitions rather than {name}${month}")
        if config.writeDisposition == "WRITE_TRUNCATE":
            cursor.execute(f"delete from {target} where {in_month}")
        config.writeDisposition = "WRITE_APPEND"
        return original(cursor, config, upload)

    return run


def attach_in_memory(connection: Any, project: str) -> None:  # noqa: ANN401
    """Keep a project's tables in a plain DuckDB in memory: nothing is kept here, and a lake's catalog is slow."""
    connection.execute(f"attach if not exists ':memory:' as {database.quote(project)}")
    database._attached.add(project)  # noqa: SLF001


def capture_by_column(original: Callable[..., Any]) -> Callable[..., Any]:
    """Give the group of a pattern that stands in a column, as BigQuery does: only those of literals can be counted."""

    def build(args: list[Any], dialect: Any) -> Any:  # noqa: ANN401
        found = original(args, dialect)
        if not isinstance(args[1], exp.Literal):
            found.set("group", exp.Literal.number(1))
        return found

    return build


def commas_between_thousands(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let FORMAT's flag for thousands give commas: DuckDB puts the flag itself, an apostrophe, between them."""

    def rule(node: Any, context: Any) -> Any:  # noqa: ANN401
        found = original(node, context)
        if found is not node:
            flags = [exp.Literal.string("%'"), exp.Literal.string("%,")]
            template = exp.Anonymous(this="replace", expressions=[found.expressions[0], *flags])
            found.set("expressions", [template, *found.expressions[1:]])
        return found

    return rule


def columns_of_one_table(project: str, dataset: str, name: str) -> list[Any]:
    """List a table's columns by asking for that table: the stand-in's own way lists every column there is."""
    relation = tables.name(project, dataset, name)
    with database.cursor() as cursor:
        try:
            described = cursor.execute(f"describe {relation}").fetchall()
            shape = cursor.sql(f"select * from {relation} limit 0")
        except duckdb.CatalogException:
            raise not_found("Table", names.label(project, dataset, name)) from None
        required = {row[0] for row in described if row[2] == "NO"}
        pairs = zip(shape.columns, shape.types, strict=True)
        return [types.field(column, kind, column in required) for column, kind in pairs]


types.TO_DUCKDB["BIGNUMERIC"] = types.TO_DUCKDB["BIGDECIMAL"] = EXACT_DECIMAL
typing_rules.DECIMALS[exp.DataType.Type.BIGDECIMAL] = EXACT_DECIMAL
functions = BigQueryDialect.Parser.FUNCTIONS
functions["REGEXP_EXTRACT"] = capture_by_column(functions["REGEXP_EXTRACT"])
NODE_RULES[NODE_RULES.index(strings.format_)] = commas_between_thousands(strings.format_)
tables.columns = columns_of_one_table
partitions._hidden = lambda _table: False  # noqa: SLF001  (no table here is partitioned by the time of its loading)
database._attach = attach_in_memory  # noqa: SLF001
query._execute = report_destination(query._execute)  # noqa: SLF001
runner.HANDLERS["load"] = load_into_partition(runner.HANDLERS["load"])

if __name__ == "__main__":
    sys.exit(main())
