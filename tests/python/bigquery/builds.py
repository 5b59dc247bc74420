"""The sample, built on DuckDB: what BigQuery's results are held against.

Belongs here: building both states of the sample with dbt on DuckDB, and the settings that both engines must share.
Does not belong here: anything about BigQuery.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb

from orchestration.dbt import run_dbt
from orchestration.settings import Settings

from . import compiled, raw_sample

FIRST, SECOND = "first.duckdb", "second.duckdb"
# One moment for all builds, so that ages and open months agree.
AS_OF = {"FINOPS_AS_OF": "2026-03-06 00:00:00", "FINOPS_PUBLICATION_ID": "20260306T000000.000Z"}
EVERYTHING = {**AS_OF, "FINOPS_REBUILD": "all"}
ONLY_CHANGED = {
    **AS_OF,
    "FINOPS_REBUILD": json.dumps([[source, month.isoformat()] for source, month in sorted(raw_sample.CHANGED)]),
}
# The sample's own checks are the business of DuckDB's tests; here only the rows matter.
ROWS_ONLY = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def build_on_duckdb(home: Path, *, second: bool) -> Path:
    """Build one state of the sample below `home`, the second one after the first; returns a copy of the database.

    The first builds everything, the second changed months alone, and far from UTC, since no clock may matter.
    """
    database = home / "build" / "warehouse.duckdb"
    database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        raw_sample.create(connection, second=second)
    variables = {**ONLY_CHANGED, "TZ": "America/Toronto"} if second else EVERYTHING
    settings = Settings.from_env({"FINOPS_HOME": str(home)})
    with ProcessPoolExecutor(1, get_context("spawn")) as child:  # libraries look at the clock's zone when they start
        outcome = child.submit(run_dbt, settings, ("build", *ROWS_ONLY), variables).result()
    if not outcome.success:
        raise compiled.DbtError(outcome.error or [node.message for node in outcome.failed])
    return Path(shutil.copyfile(database, home / (SECOND if second else FIRST)))
