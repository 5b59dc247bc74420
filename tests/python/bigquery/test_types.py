"""Every node that dbt compiles for BigQuery, read by GoogleSQL's own analyzer: names, types, contracts, layout."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.bigquery import raw_columns, raw_relations

from . import compiled, raw_sample
from .googlesql import GoogleSQL, SqlError
from .googlesql_values import type_name

if TYPE_CHECKING:
    from .compiled import Node

NO_NAME = "$col"  # how the analyzer calls an output column that has none
# BigQuery's limits.
MOST_CLUSTER_COLUMNS, MOST_NESTED_VIEWS = 4, 16
LONGEST_DESCRIPTION, LONGEST_COLUMN_DESCRIPTION = 16384, 1024
CLUSTERABLE = {"STRING", "INT64", "NUMERIC", "BIGNUMERIC", "DATE", "TIMESTAMP", "BOOL"}
TEXT_OR_COMMENT = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)

ONLY_DUCKDB_KNOWS = (
    "select 1::bigint as a",
    "select cast(1 as numeric(38, 9)) as a",
    "select cast(1 as double) as a",
    "select * exclude (a) from (select 1 as a, 2 as b)",
    "select count(*) filter (where a > 1) as n from (select 1 as a)",
    "from (select 1 as a) select a",
    "select list_transform([1], x -> x + 1) as a",
    "select array_transform([1], x -> x + 1) as a",
    "select 1 as a, a + 1 as b",
    "select 'a' ilike 'A' as a",
    "select count_if(a) as n from (select true as a)",
    "select bool_or(a) as n from (select true as a)",
    "select strftime(date '2026-01-01', '%Y') as a",
    "select date_diff('day', date '2026-01-01', date '2026-01-02') as a",
    "select json_extract_string('{}', '$.a') as a",
    "select regexp_matches('a', 'b') as a",
    "select a from (select 1 as a) order by all",
    "select a, sum(b) as b from (select 1 as a, 2 as b) group by a having sum(b) > 1",
)


def problems(engine: GoogleSQL, node: Node) -> list[str]:
    """Type one node and hold it against its contract and layout; a model or seed becomes known to the next nodes."""
    if '"' in TEXT_OR_COMMENT.sub("", node.sql):
        return ["a name in double quotes: BigQuery reads that as a text"]
    try:
        columns = engine.columns(node.sql)
    except SqlError as error:
        return [str(error)]
    found = [f"column {name[4:]} has no name" for name in columns if name.startswith(NO_NAME)]
    types = {name.lower(): type_name(kind) for name, kind in columns.items()}
    if node.kind == "model":
        engine.add_table(node.relation, columns)
        found += _contract_problems(engine, node, types)
        found += _layout_problems(node, types)
    return found


def _contract_problems(engine: GoogleSQL, node: Node, types: dict[str, str]) -> list[str]:
    declared = {name.lower(): type_name(engine.type(kind)) for name, kind in node.contract.items()}
    if not declared:
        return []
    apart = sorted(name for name in declared.keys() | types.keys() if declared.get(name) != types.get(name))
    return [f"contract: {name} is declared {declared.get(name)} and is {types.get(name)}" for name in apart]


def _layout_problems(node: Node, types: dict[str, str]) -> list[str]:
    found = []
    if node.partition_column and types.get(node.partition_column) != "DATE":
        found.append(f"partitioned by {node.partition_column}, which is {types.get(node.partition_column)}")
    found += [
        f"clustered by {name}, which is {types.get(name)}"
        for name in node.cluster_columns
        if types.get(name) not in CLUSTERABLE
    ]
    if len(node.cluster_columns) > MOST_CLUSTER_COLUMNS:
        found.append(f"clustered by {len(node.cluster_columns)} columns, of {MOST_CLUSTER_COLUMNS} allowed")
    found += [
        f"the description of {name or 'the relation'} is longer than BigQuery keeps"
        for name, text in node.descriptions.items()
        if len(text) > (LONGEST_COLUMN_DESCRIPTION if name else LONGEST_DESCRIPTION)
    ]
    return found


def know_inputs(engine: GoogleSQL, manifest: dict[str, Any]) -> None:
    """Tell the engine the raw relations' columns, and the seeds' as their YAML types them."""
    with duckdb.connect() as connection:
        raw_sample.create(connection)
        known = {
            f"{schema}.{name}": raw_columns(connection, name, schema)
            for schema in ("finops_raw", "finops_analysis")
            for name in raw_relations(connection, schema)
        }
    for relation in compiled.sources(manifest):
        columns = known[relation.split(".", 1)[-1]]
        engine.add_table(relation, {column.name: column.bigquery_type for column in columns})


def test_every_seed_column_has_a_type(manifest: dict[str, Any]) -> None:
    untyped = {}
    for node in compiled.nodes(manifest):
        if node.kind == "seed":
            with (compiled.PROJECT / node.path).open(newline="", encoding="utf-8") as file:
                header = next(csv.reader(file))
            untyped[node.name] = sorted(set(header) ^ set(node.column_types))
    assert untyped
    assert not any(untyped.values()), f"columns without column_types, or types without a column: {untyped}"


def test_googlesql_reads_every_node(manifest: dict[str, Any], googlesql: GoogleSQL) -> None:
    know_inputs(googlesql, manifest)
    told = []
    counts = {"model": 0, "test": 0, "seed": 0}
    for node in compiled.nodes(manifest):
        counts[node.kind] += 1
        if node.kind == "seed":
            googlesql.add_table(node.relation, node.column_types)
            continue
        told += [f"{node}: {problem}" for problem in problems(googlesql, node)]
    assert not told, "\n".join(told)
    assert counts["model"] > 40
    assert counts["test"] > 50


def test_views_do_not_nest_deeper_than_bigquery_allows(manifest: dict[str, Any]) -> None:
    depth: dict[str, int] = {}
    for node in compiled.nodes(manifest):
        below = max((depth.get(parent, 0) for parent in node.parents), default=0)
        depth[node.unique_id] = below + 1 if node.is_view else 0
    deepest = max(depth, key=depth.__getitem__)
    assert depth[deepest] <= MOST_NESTED_VIEWS, deepest


@pytest.mark.parametrize("sql", ONLY_DUCKDB_KNOWS)
def test_words_that_only_duckdb_knows_are_refused(sql: str, googlesql: GoogleSQL) -> None:
    with pytest.raises(SqlError):
        googlesql.columns(sql)
