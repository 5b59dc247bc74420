"""Sets up the environment of the BigQuery stand-in: `.envs/bigquery`, apart from the product's own.

The stand-in needs Python 3.13 and DuckDB 1.5.5 with three extensions; the product's environment has neither. Everything
is pinned by hash (`requirements.lock`), and everything that is written stays inside the environment: DuckDB would
otherwise put its extensions under the home folder.

usage: python environment.py          prints the interpreter's path; exit code 3 where there is no Python 3.13
       python environment.py --lock   resolves requirements.in anew
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3]))

from tests.environments import Environment, NoPythonError  # noqa: E402 - make calls this file by its path

# The stand-in declares a newer DuckDB than its extensions exist for: overrides.txt
STANDIN = Environment("bigquery", "the BigQuery stand-in", HERE, ("3.13",), overrides="overrides.txt")
PYTHON = STANDIN.python
HOME = STANDIN.folder / "home"  # DuckDB keeps extensions under $HOME/.duckdb
NO_PYTHON = 3

__all__ = ["HOME", "PYTHON", "STANDIN", "NoPythonError", "ensure", "process_environment"]

INSTALL_EXTENSIONS = """
import duckdb
from duckdb_extensions import import_extension
connection = duckdb.connect()
for name in ("ducklake", "icu", "spatial"):
    import_extension(name, force_install=True, con=connection)
duckdb.connect(config={"TimeZone": "UTC"})
"""


def process_environment() -> dict[str, str]:
    """Give the variables under which the stand-in's interpreter runs: its own home, its own packages, UTC."""
    return {**os.environ, "HOME": str(HOME), "PYTHONNOUSERSITE": "1", "TZ": "UTC"}


def ensure() -> Path:
    """Give the stand-in's interpreter; set the environment up where it is missing or made from an older lock."""
    return STANDIN.ensure(INSTALL_EXTENSIONS, _install_extensions)


def _install_extensions() -> None:
    HOME.mkdir(exist_ok=True)
    STANDIN.call([str(PYTHON), "-c", INSTALL_EXTENSIONS], process_environment())


if __name__ == "__main__":
    if "--lock" in sys.argv[1:]:
        STANDIN.relock()
    else:
        try:
            sys.stdout.write(f"{ensure()}\n")
        except NoPythonError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(NO_PYTHON) from error
