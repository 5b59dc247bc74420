"""What the legs share, made once each: the engine, the project compiled for BigQuery, the sample built on DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
    home: Path = tmp_path_factory.mktemp("compiled")
    return compiled.compile_offline(home, builds.EVERYTHING)


@pytest.fixture(scope="session")
def duckdb_builds(tmp_path_factory: pytest.TempPathFactory) -> builds.DuckDBBuilds:
    return builds.build_on_duckdb(tmp_path_factory.mktemp("duckdb"))
