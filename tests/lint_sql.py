"""Lint of every model: on DuckDB through the dbt templater, and as compiled for BigQuery. `python -m tests.lint_sql`.

The BigQuery side lints what dbt compiles, so only rules about meaning apply there: where lines break and which words
are spelled how is decided in the model, not in what Jinja makes of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.python.bigquery import compiled

PROJECT = Path(__file__).resolve().parent.parent
FOLDERS = ("models", "tests/generic", "tests/reconciliation")
# Groups of rules that hold for compiled SQL too; layout and capitalisation belong to the source.
BIGQUERY_RULES = "ambiguous,convention,references,structure"
# Those that .sqlfluff turns off, with its reasons; and references.*, which take the project and dataset in compiled
# names for columns, structs for tables, and cannot see that a macro wrote the rest.
BIGQUERY_OFF = "AM04,CV11,RF02,RF03,RF04,RF05,ST05,ST06"


def lint_duckdb(home: Path) -> int:
    """Lint the sources with the dbt templater; return sqlfluff's exit code."""
    profiles = home / "profiles"
    profiles.mkdir(parents=True)
    shutil.copyfile(PROJECT / "profiles.yml.example", profiles / "profiles.yml")
    (home / "build").mkdir()
    variables = {
        "FINOPS_HOME": str(home),
        "FINOPS_TARGET": "duckdb",
        "DBT_PROFILES_DIR": str(profiles),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
    }
    return _sqlfluff("lint", *FOLDERS, variables=variables)


def lint_bigquery(home: Path) -> int:
    """Lint every compiled model in the BigQuery dialect; return sqlfluff's exit code."""
    manifest = compiled.compile_offline("bigquery", home)
    folder = home / "compiled"
    folder.mkdir()
    for node in compiled.nodes(manifest):
        if node.kind == "model":
            (folder / f"{node.name}.sql").write_text(node.sql.strip() + "\n")
    rules = ("--rules", BIGQUERY_RULES, "--exclude-rules", BIGQUERY_OFF)
    return _sqlfluff("lint", "--dialect", "bigquery", "--templater", "raw", *rules, str(folder))


def _sqlfluff(*arguments: str, variables: dict[str, str] | None = None) -> int:
    command = [sys.executable, "-m", "sqlfluff", *arguments, "--disable-progress-bar"]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **(variables or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode


def main() -> int:
    """Run both; return 0 where neither finds anything."""
    with tempfile.TemporaryDirectory(prefix="finops-lint-") as scratch:
        duckdb, bigquery = Path(scratch, "duckdb"), Path(scratch, "bigquery")
        duckdb.mkdir()
        bigquery.mkdir()
        codes = {"DuckDB": lint_duckdb(duckdb), "BigQuery": lint_bigquery(bigquery)}
    for engine, code in codes.items():
        print(f"SQL for {engine}: {'clean' if code == 0 else 'FAILED'}")
    return int(any(codes.values()))


if __name__ == "__main__":
    sys.exit(main())
