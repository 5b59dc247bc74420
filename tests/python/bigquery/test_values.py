"""Every model, run by GoogleSQL's reference evaluator on the sample's raw lines, and held against DuckDB's rows.

The evaluator computes NUMERIC as BigQuery does: nine decimals after every step, half away from zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.bigquery import raw_columns, raw_relations

from . import compiled
from .comparing import differences, duckdb_rows
from .googlesql import GoogleSQL, SqlError

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ("DuckDB", "GoogleSQL")


def local_name(relation: str) -> str:
    """Name a BigQuery relation as DuckDB does: without the project."""
    return relation.split(".", 1)[1]


def load_raw(engine: GoogleSQL, connection: duckdb.DuckDBPyConnection) -> None:
    """Give the engine the raw relations, and what analyses gave, with their rows."""
    for schema in ("finops_raw", "finops_analysis"):
        for name in raw_relations(connection, schema):
            columns = raw_columns(connection, name, schema)
            shown = ", ".join(f'map_entries("{c.name}")' if c.is_map else f'"{c.name}"' for c in columns)
            rows = connection.execute(f'select {shown} from {schema}."{name}"').fetchall()
            relation = f"{compiled.STANDIN_PROJECT}.{schema}.{name}"
            engine.add_table(relation, {column.name: column.bigquery_type for column in columns}, rows)


def test_every_model_gives_duckdbs_rows(manifest: dict[str, Any], googlesql: GoogleSQL, first_build: Path) -> None:
    told, compared = [], 0
    with duckdb.connect(str(first_build), read_only=True) as connection:
        load_raw(googlesql, connection)
        for node in compiled.nodes(manifest):
            if node.kind == "seed":
                names, rows = duckdb_rows(connection, local_name(node.relation))
                googlesql.add_table(node.relation, {name: node.column_types[name] for name in names}, rows)
            elif node.kind == "model":
                try:
                    columns, rows = googlesql.run(node.sql, keep_as=node.relation)
                except SqlError as error:
                    pytest.fail("\n".join([*told, f"{node}: {error}"]))
                expected = duckdb_rows(connection, local_name(node.relation))
                told += differences(node.name, expected, (list(columns), rows), labels=LABELS)
                compared += 1
    assert not told, "\n".join(told)
    assert compared > 40


@pytest.mark.parametrize(
    ("left", "right", "product"),
    [
        ("0.000000001", "0.5", "0.000000001"),  # half away from zero
        ("-0.000000001", "0.5", "-0.000000001"),
        ("0.000000001", "0.4", "0"),
        ("1.123456789", "1.123456789", "1.262155157"),
    ],
)
def test_numeric_products_round_to_nine_decimals(left: str, right: str, product: str, googlesql: GoogleSQL) -> None:
    sql = f"select cast('{left}' as numeric) * cast('{right}' as numeric) as product"
    assert googlesql.run(sql)[1] == [(Decimal(product),)]


def test_values_survive_the_way_there_and_back(googlesql: GoogleSQL) -> None:
    kinds = {
        "money": "NUMERIC",
        "exact": "BIGNUMERIC",
        "tags": "ARRAY<STRUCT<key STRING, value STRING>>",
        "at": "TIMESTAMP",
        "flag": "BOOL",
        "text": "STRING",
    }
    with duckdb.connect() as connection:
        row = connection.execute(
            "select cast('-12345678901234567890123456789.123456789' as decimal(38, 9)), "
            "cast('1.123456789012345678901234' as decimal(38, 24)), [{'key': 'a', 'value': null}], "
            "timestamp '1969-12-31 23:59:59.999999', false, 'é🚀\n\"'"
        ).fetchone()
    googlesql.add_table("standin.trial.values", kinds, [row, (None, None, [], None, None, None)])
    rows = googlesql.run("select * from `standin`.`trial`.`values`")[1]
    assert rows == [row, (None, None, [], None, None, None)]
