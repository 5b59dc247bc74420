"""Start the BigQuery stand-in with the gaps closed that this project falls into.

Runs inside the stand-in's own environment (Python 3.13), never inside the product's. Belongs here: corrections of the
stand-in, each with the reason. Does not belong here: how it is set up (`environment.py`) or used (`server.py`).

usage: python launch.py serve --host 127.0.0.1 --port PORT --grpc-port PORT --data-dir FOLDER --project NAME
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from local_bigquery.catalog import tables
from local_bigquery.cli import main
from local_bigquery.engine import types
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query, runner
from local_bigquery.models import JobStatistics2
from local_bigquery.sql.rules import typing as typing_rules
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable

ACCESS_STATEMENT = re.compile(r"^\s*(?:/\*.*?\*/\s*|--[^\n]*\n\s*)*(GRANT|REVOKE)\b", re.IGNORECASE | re.DOTALL)
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


def accept_access_statements(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let GRANT and REVOKE succeed and do nothing: there is nobody here to keep out."""

    def execute(cursor: Any, project: str, job: str, config: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        if match := ACCESS_STATEMENT.match(config.query or ""):
            return JobStatistics2(statementType=match.group(1).upper()), [], None
        return original(cursor, project, job, config, *args, **options)

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


types.TO_DUCKDB["BIGNUMERIC"] = types.TO_DUCKDB["BIGDECIMAL"] = EXACT_DECIMAL
typing_rules.DECIMALS[exp.DataType.Type.BIGDECIMAL] = EXACT_DECIMAL
query._execute = report_destination(query._execute)  # noqa: SLF001
query.execute = accept_access_statements(query.execute)
runner.HANDLERS["load"] = load_into_partition(runner.HANDLERS["load"])

if __name__ == "__main__":
    sys.exit(main())
