"""The whole project, landed and built twice on the BigQuery stand-in through dbt-bigquery, held against DuckDB's rows.

First everything, then a second delivery in which one month is restated, one gone and one new, so that the incremental
models replace months. Takes minutes, so it runs where something that it proves has changed since its last pass, which
`standin/last_pass.json` records; FINOPS_BIGQUERY_STANDIN=always runs it in any case. Where it has to run and cannot,
it fails: the models changed and nobody knows whether BigQuery still agrees.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration import analysis
from orchestration.analysis.warehouse import BigQueryWarehouse, DuckDBWarehouse
from orchestration.bigquery import client_of, credentials_of, load_raw
from orchestration.settings import Settings

from . import builds, compiled, raw_sample
from .comparing import differences, duckdb_rows
from .googlesql import GoogleSQL, relation_names
from .standin import environment, record
from .standin.server import StandIn
from .test_types import know_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from google.cloud import bigquery


LABELS = ("DuckDB", "the stand-in")
SCHEMAS = (
    "select table_schema, table_name from information_schema.tables where table_schema like 'finops%' order by all"
)


def is_due(fingerprint: str) -> bool:
    """Whether the stand-in has to run: always, or because its record is of other files."""
    if os.environ.get("FINOPS_BIGQUERY_STANDIN", "").lower() == "always":
        return True
    passed = record.read()
    return passed is None or passed.fingerprint != fingerprint


@pytest.fixture(scope="session")
def fingerprint() -> str:
    """Give the state of the files that this pass is about; taken before anything is built from them."""
    return record.fingerprint()


# Of the widest scope, so that where it skips, nothing else has been made for it.
@pytest.fixture(scope="session")
def standin(fingerprint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    if not is_due(fingerprint):
        pytest.skip(f"passed for exactly these models: {record.read()}")
    try:
        environment.ensure()
    except environment.NoPythonError as error:
        pytest.fail(f"the models changed since the BigQuery stand-in last passed, and it cannot run here: {error}")
    with StandIn(tmp_path_factory.mktemp("standin"), project=compiled.STANDIN_PROJECT) as running:
        yield running


def settings_of(standin: StandIn, home: Path) -> Settings:
    """Give the settings of a project whose profiles.yml points at the stand-in."""
    profiles = compiled.write_profiles(home / "profiles", endpoint=standin.endpoint)
    return replace(Settings.from_env({"FINOPS_HOME": str(home)}), project_dir=profiles, target="bigquery")


def compare(client: bigquery.Client, database: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """Hold every relation of DuckDB's build against the stand-in's: differences, and (relation, rows) compared."""
    told, compared = [], []
    with duckdb.connect(str(database), read_only=True) as connection:
        for schema, name in connection.execute(SCHEMAS).fetchall():
            answer = client.query_and_wait(f"select * from `{client.project}`.`{schema}`.`{name}`")
            columns = [field.name for field in answer.schema]
            rows = [tuple(row.values()) for row in answer]
            expected = duckdb_rows(connection, f"{schema}.{name}")
            told += differences(f"{schema}.{name}", expected, (columns, rows), labels=LABELS)
            compared.append((f"{schema}.{name}", len(rows)))
    return told, compared


def test_two_deliveries_build_as_on_duckdb(
    standin: StandIn,
    fingerprint: str,
    first_build: Path,
    second_build: Path,
    googlesql: GoogleSQL,
    manifest: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("bigquery")
    settings = settings_of(standin, home)
    client = client_of(credentials_of(settings))

    with duckdb.connect(str(first_build), read_only=True) as connection:
        load_raw(settings, connection)
        load_analyses(client, connection)
    compiled.dbt("build", *builds.ROWS_ONLY, target="bigquery", home=home, environment=builds.EVERYTHING)
    told, compared = compare(client, first_build)
    assert not told, "\n".join(told)

    with duckdb.connect(str(second_build), read_only=True) as connection:
        load_raw(settings, connection, raw_sample.CHANGED)
    artifacts = compiled.dbt("build", target="bigquery", home=home, environment=builds.ONLY_CHANGED)
    told, compared = compare(client, second_build)
    assert not told, "\n".join(told)

    assert merges_are_googlesql(artifacts, googlesql, manifest) >= 5
    published = [name for name, _ in compared if name.startswith("finops_published.")]
    assert len(published) >= 10
    assert record.fingerprint() == fingerprint, "models changed while the stand-in ran; run it again"
    record.write(
        fingerprint,
        published_relations=len(published),
        relations=len(compared),
        rows=sum(count for _, count in compared),
    )


def load_analyses(client: bigquery.Client, connection: duckdb.DuckDBPyConnection) -> None:
    """Write what the analyses gave on DuckDB to the stand-in, through their own door."""
    there, here = BigQueryWarehouse(client), DuckDBWarehouse(connection)
    for name in analysis.tables():
        there.write(name, here.query(f"select * from {here.relation('analysis', name)}"))


def merges_are_googlesql(artifacts: Path, engine: GoogleSQL, manifest: dict[str, Any]) -> int:
    """Have GoogleSQL's analyzer read the MERGE statements that dbt ran for incremental models; returns how many."""
    know_inputs(engine, manifest)
    for node in compiled.nodes(manifest):
        if node.kind == "model":
            engine.add_table(node.relation, engine.columns(node.sql))
        elif node.kind == "seed":
            engine.add_table(node.relation, node.column_types)
    count = 0
    for node in compiled.nodes(manifest):
        script = artifacts / "run" / "finops" / node.path
        if node.kind != "model" or "merge into" not in script.read_text():
            continue
        merge = script.read_text().split(";")[0]
        temporary = next(name for name in relation_names(merge) if "__dbt_tmp" in name)
        engine.add_table(temporary, engine.columns_of(node.relation))
        engine.check(merge)
        count += 1
    return count


def test_the_record_tells_one_state_of_the_models_from_another(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    model = tmp_path / "models" / "a.sql"
    model.write_text("select 1 as a\n")
    before = record.fingerprint(tmp_path)
    model.write_bytes(b"select 1 as a\r\n")
    assert record.fingerprint(tmp_path) == before
    model.write_text("select 2 as a\n")
    assert record.fingerprint(tmp_path) != before
    model.rename(tmp_path / "models" / "b.sql")
    model.with_name("b.sql").write_text("select 1 as a\n")
    assert record.fingerprint(tmp_path) != before


def test_what_changed_is_due_until_it_passed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FINOPS_BIGQUERY_STANDIN", raising=False)
    file = tmp_path / "last_pass.json"
    monkeypatch.setattr(record.read, "__defaults__", (file,))
    assert is_due("one")
    record.write("one", published_relations=10, relations=50, rows=1000, file=file)
    assert not is_due("one")
    assert is_due("other")
    monkeypatch.setenv("FINOPS_BIGQUERY_STANDIN", "always")
    assert is_due("one")
