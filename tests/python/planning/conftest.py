"""Models of planning run one by one, as dbt compiles them, on tables that a test makes."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb
import pytest

from tests.python.bigquery import compiled

Run = Callable[..., list[dict[str, object]]]
"""Give the rows of a model: `run(name, **relations)`, each relation a query over nothing that the model reads."""


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Compile all models for DuckDB without any database; SQL by name."""
    nodes = compiled.compile_offline("duckdb", tmp_path_factory.mktemp("planning"))["nodes"].values()
    return {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "model"}


@pytest.fixture(scope="session")
def run(compiled_models: dict[str, str]) -> Run:
    def rows(model: str, **relations: str) -> list[dict[str, object]]:
        sql = re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", compiled_models[model])
        with duckdb.connect() as connection:
            for name, query in relations.items():
                connection.execute(f"create table {name} as {query}")
            found = connection.execute(sql)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return rows
