"""Sets up the environment of `focus-validator`: `.envs/validator`, apart from the product's own.

It is the FinOps Foundation's validator of FOCUS datasets. It brings the rules of FOCUS 1.2 along, so that nothing is
downloaded when it runs. It pins libraries that the product has newer, and needs another NumPy than it says.

usage: python -m tests.python.validator.environment          prints the interpreter's path; exit code 3 where it cannot
       python -m tests.python.validator.environment --lock   resolves requirements.in anew
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.environments import Environment, NoPythonError

VALIDATOR = Environment(
    "validator", "focus-validator", Path(__file__).resolve().parent, ("3.12", "3.13"), overrides="overrides.txt"
)
NO_PYTHON = 3

if __name__ == "__main__":
    if "--lock" in sys.argv[1:]:
        VALIDATOR.relock()
    else:
        try:
            sys.stdout.write(f"{VALIDATOR.ensure()}\n")
        except (NoPythonError, RuntimeError) as error:  # also without a package index: its tests are then left out
            sys.stderr.write(f"{error}\n")
            raise SystemExit(NO_PYTHON) from error
