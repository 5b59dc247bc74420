"""A simulated company, landed and built by dbt alone: no doors, no publication."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from orchestration import dbt
from orchestration.analysis import create_empty
from orchestration.analysis.warehouse import DuckDBWarehouse
from orchestration.build import write_raw
from orchestration.landing import land, load_ledger
from orchestration.settings import Settings
from orchestration.simulator import simulate

PROJECT = Path(__file__).resolve().parents[3]


def build_world(home: Path, seed: int, start: str, months: int) -> Settings:
    """Simulate, land and build a company with the sample company's rules; every data test has to pass."""
    simulate(home / "sample_company", seed=seed, start=start, months=months)
    shutil.copytree(PROJECT / "sample_company", home / "config")
    settings = landed(home, home / "config" / "sources.yml")
    outcome = run(settings, "build", "--full-refresh", "--exclude", "test_type:unit")
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    return settings


def landed(home: Path, sources: Path) -> Settings:
    """Land everything, of which nothing may be refused, and write what dbt reads into the build database.

    The settings are these two alone: what is set for another test, or by a person, is not for this one.
    """
    settings = Settings.from_env({"FINOPS_HOME": str(home), "FINOPS_SOURCES": str(sources)})
    result = land(settings)
    assert not result.rejected, [item.message for item in result.rejected]
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_db)) as con:
        write_raw(con, settings, load_ledger(settings))
        create_empty(DuckDBWarehouse(con))
    return settings


def run(settings: Settings, *arguments: str) -> dbt.DbtOutcome:
    """Run dbt over everything that was landed."""
    return dbt.run_dbt(settings, arguments, {"FINOPS_REBUILD": "all"})
