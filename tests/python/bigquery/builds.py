"""The sample, built on DuckDB: what BigQuery's results are held against.

Belongs here: building both states of the sample with dbt on DuckDB, and the settings that both engines must share.
Does not belong here: anything about BigQuery.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from . import compiled, raw_sample

# One moment for all builds, so that ages and open months agree.
AS_OF = {"FINOPS_AS_OF": "2026-03-06 00:00:00"}
EVERYTHING = {**AS_OF, "FINOPS_REBUILD": "all"}
ONLY_CHANGED = {
    **AS_OF,
    "FINOPS_REBUILD": json.dumps([[source, month.isoformat()] for source, month in sorted(raw_sample.CHANGED)]),
}
# The sample's own checks are the business of DuckDB's tests; here only the rows matter.
ROWS_ONLY = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class DuckDBBuilds:
    """Two database files: after the first delivery, built whole; after the second, only changed months rebuilt."""

    first: Path
    second: Path


def build_on_duckdb(home: Path) -> DuckDBBuilds:
    """Build both states of the sample below `home`; the second far from UTC, since no clock may matter."""
    compiled.write_profiles(home / "profiles")
    database = home / "build" / "warehouse.duckdb"
    database.parent.mkdir(parents=True)
    kept = []
    for name, variables in (("first", EVERYTHING), ("second", {**ONLY_CHANGED, "TZ": "America/Toronto"})):
        with duckdb.connect(str(database)) as connection:
            raw_sample.create(connection, second=name == "second")
        compiled.dbt("build", *ROWS_ONLY, target="duckdb", home=home, environment=variables)
        kept.append(home / f"{name}.duckdb")
        shutil.copyfile(database, kept[-1])
    return DuckDBBuilds(*kept)
