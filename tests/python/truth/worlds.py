"""A simulated company, landed and built by dbt alone: no doors, no publication."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from orchestration import dbt
from orchestration.alerts.outcomes import create_run_outcomes
from orchestration.analysis import create_empty
from orchestration.analysis.warehouse import DuckDBWarehouse
from orchestration.kept import create_kept
from orchestration.landing import create_raw_relations, land, load_ledger
from orchestration.landing.rules import load_rules
from orchestration.settings import Settings
from orchestration.simulator import simulate

PROJECT = Path(__file__).resolve().parents[3]


def build_world(home: Path, seed: int, start: str, months: int) -> Settings:
    """Simulate, land and build a company with the sample company's rules; every data test has to pass."""
    simulate(home / "sample_company", seed=seed, start=start, months=months)
    shutil.copytree(PROJECT / "sample_company", home / "config")
    environ = {"FINOPS_HOME": str(home), "FINOPS_SOURCES": str(home / "config" / "sources.yml")}
    settings = Settings.from_env(environ)
    land(settings)
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_db)) as con:
        create_raw_relations(con, settings, load_ledger(settings))
        create_kept(con, "finops_raw", settings)
        create_run_outcomes(con, "finops_raw", settings)
        load_rules(con, settings)
        create_empty(DuckDBWarehouse(con))
    outcome = run(settings, "build", "--full-refresh", "--exclude", "test_type:unit")
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    return settings


def run(settings: Settings, *arguments: str) -> dbt.DbtOutcome:
    """Run dbt over everything that was landed."""
    return dbt.run_dbt(settings, arguments, {"FINOPS_REBUILD": "all"})
