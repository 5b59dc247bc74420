"""`python -m orchestration.alerts`: send what is due now; with `--dry-run`, only show it."""

from __future__ import annotations

import argparse
import sys

from orchestration.alerts.deliver import deliver, dry_run
from orchestration.clock import moment
from orchestration.errors import FinopsError
from orchestration.lock import run_lock
from orchestration.report import RunReport
from orchestration.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if everything that was due was sent, or shown."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.alerts", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent; send and record nothing")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        report, today = RunReport("alerts", status="unchanged"), moment(settings).date()
        if options.dry_run:
            dry_run(settings, report, today)
            return 0
        with run_lock(settings):
            problems = deliver(settings, report, today=today)
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
