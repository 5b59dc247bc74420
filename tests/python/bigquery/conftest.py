"""What the legs share, made once each: the engine, the project compiled for BigQuery, the sample built on DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.python.shared import once

from . import builds, compiled
from .googlesql import GoogleSQL

if TYPE_CHECKING:
    from pathlib import Path

CACHE = compiled.PROJECT / ".envs" / "cache"


@pytest.fixture(scope="session")
def googlesql() -> GoogleSQL:
    return GoogleSQL(CACHE)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    def make(home: Path) -> None:
        compiled.compile_offline("bigquery", home, environment=builds.EVERYTHING)

    return compiled.read_manifest(once(tmp_path_factory, "bigquery-compiled", make))


@pytest.fixture(scope="session")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = once(tmp_path_factory, "bigquery-duckdb", lambda home: builds.build_on_duckdb(home, second=False))
    return home / builds.FIRST


@pytest.fixture(scope="session")
def second_build(first_build: Path) -> Path:
    return builds.build_on_duckdb(first_build.parent, second=True)
