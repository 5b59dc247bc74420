"""Sets up the environment of `focus-converter`: `.envs/converter`, apart from the product's own.

It is the FinOps Foundation's converter of provider bills to FOCUS 1.0, last released in June 2024; two of the packages
that it needs have to be older than it says (`requirements.in`). What it needs has no wheels for Python 3.13.

usage: python -m tests.bench.converter.environment          prints the interpreter's path; exit code 3 without a Python
       python -m tests.bench.converter.environment --lock   resolves requirements.in anew
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.environments import Environment, NoPythonError

CONVERTER = Environment("converter", "focus-converter", Path(__file__).resolve().parent, ("3.11", "3.12", "3.10"))
NO_PYTHON = 3

if __name__ == "__main__":
    if "--lock" in sys.argv[1:]:
        CONVERTER.relock()
    else:
        try:
            sys.stdout.write(f"{CONVERTER.ensure()}\n")
        except NoPythonError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(NO_PYTHON) from error
