"""The FinOps Foundation's validator, with its rules of FOCUS 1.2, on what we publish: every alarm is a known one.

`known.csv` says of each rule that may fail why: `older` (1.4 asks otherwise), `false_alarm` (the validator is wrong),
or `left_open` (the bills do not tell it). What is left open is what our own report says, row for row, where it asks
the same: `requirement_id`.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.simulator import simulate
from tests.environments import NoPythonError, leave_out
from tests.python.truth import worlds

from .environment import VALIDATOR

HERE = Path(__file__).resolve().parent
COMPOSITE = "failed child rules"  # a rule of rules tells nothing of its own


@pytest.fixture(scope="module")
def python() -> Path:
    """Give the validator's interpreter."""
    try:
        return VALIDATOR.ensure()
    except (NoPythonError, RuntimeError) as error:
        leave_out(f"focus-validator cannot be set up here: {error}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Build the lines of a month of the sample company, and our own report on them."""
    home = tmp_path_factory.mktemp("world")
    simulate(home / "sample_company", seed=5, start="2026-06", months=1)
    settings = worlds.landed(home, worlds.PROJECT / "sample_company" / "sources.yml")
    select = ("--select", "+focus_cost_and_usage", "+focus_conformance")
    no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    outcome = worlds.run(settings, "build", "--full-refresh", *select, *no_tests)
    assert outcome.success, (outcome.error, [(node.name, node.message) for node in outcome.failed])
    return settings


@pytest.fixture(scope="module")
def failed(python: Path, world: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Run the validator over the published lines; give what failed, by rule."""
    folder = tmp_path_factory.mktemp("validator")
    with duckdb.connect(str(world.build_db), read_only=True) as con:
        query = "select columns('^[A-Z].*') from finops_published.focus_cost_and_usage"
        con.execute(f"copy ({query}) to '{folder / 'lines.parquet'}' (format parquet)")
    (folder / "focus_validator").symlink_to(next(VALIDATOR.folder.glob("lib/python3*/site-packages/focus_validator")))
    command = [str(python), str(HERE / "validate.py"), "lines.parquet", "result.json"]
    environ = {**os.environ, "HOME": str(folder), "PYTHONNOUSERSITE": "1", "http_proxy": "http://127.0.0.1:9"}
    environ |= {"https_proxy": "http://127.0.0.1:9"}  # nothing may be downloaded
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rules = json.loads((folder / "result.json").read_text())
    assert len(rules) > 500
    return {name: rule for name, rule in rules.items() if not rule["passed"] and COMPOSITE not in rule["message"]}


def known() -> dict[str, dict[str, str]]:
    with (HERE / "known.csv").open(encoding="utf-8") as handle:
        return {row["rule_id"]: row for row in csv.DictReader(handle)}


def test_every_failure_is_a_known_one(failed: dict[str, dict[str, Any]]) -> None:
    new = [f"{name}: {rule['violations']}, {rule['message']}" for name, rule in failed.items() if name not in known()]
    assert not new, "focus-validator found what is not in known.csv:\n" + "\n".join(new)


def test_known_failures_say_why() -> None:
    kinds = {row["kind"] for row in known().values()}
    assert kinds <= {"older", "false_alarm", "left_open"}
    assert all(row["why"] for row in known().values())


def test_what_is_left_open_is_what_our_report_says(failed: dict[str, dict[str, Any]], world: Settings) -> None:
    with duckdb.connect(str(world.build_db), read_only=True) as con:
        ours = dict(
            con.execute(
                "select requirement_id, sum(violating_rows)::bigint from finops_published.focus_conformance "
                "where side = 'output' group by all"
            ).fetchall()
        )
    shared = {name: row["requirement_id"] for name, row in known().items() if row["requirement_id"]}
    compared = {name: failed[name]["violations"] for name in shared if name in failed}
    assert compared
    assert compared == {name: ours[shared[name]] for name in compared}
