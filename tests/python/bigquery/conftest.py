"""What the legs share, made once each: the engine, the project compiled for BigQuery, the sample built on DuckDB."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Any

import pytest

from . import builds, compiled
from .googlesql import GoogleSQL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CACHE = compiled.PROJECT / ".envs" / "cache"


@pytest.fixture(scope="session")
def googlesql() -> GoogleSQL:
    return GoogleSQL(CACHE)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Give the folder `name` that `make` fills, once for all processes of this test run: dbt takes its time."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / f"bigquery-{name}", shared / f"bigquery-{name}.done"
    with (shared / f"bigquery-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = once(tmp_path_factory, "compiled", lambda home: compiled.compile_offline(home, builds.EVERYTHING))
    return compiled.read_manifest(home)


@pytest.fixture(scope="session")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = once(tmp_path_factory, "duckdb", lambda home: builds.build_on_duckdb(home, second=False))
    return home / builds.FIRST


@pytest.fixture(scope="session")
def second_build(first_build: Path) -> Path:
    return builds.build_on_duckdb(first_build.parent, second=True)
