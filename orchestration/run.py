"""`make run`: the job `finops`, in this process, with its progress and its result on the terminal.

Belongs here: the command and its exit code. The run is recorded in Dagster's history, where `make dev` shows it.
"""

from __future__ import annotations

import argparse
import logging
import sys

from orchestration import stops
from orchestration.errors import FinopsError
from orchestration.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run the job once; 0 if all is well (also where a delivery was refused), 1 if nothing could be published."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.run", description="Load, build, audit and publish.")
    parser.add_argument(
        "--months", nargs="*", default=[], metavar="2026-10", help="look for new deliveries of these months only"
    )
    chosen = parser.parse_args(arguments)
    try:
        with stops.heard():
            return _run(Settings.from_env(), chosen.months)
    except FinopsError as error:  # before the run has begun: settings, sources.yml, the project
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the first step, or between two
        print("The run was stopped from outside. Run again; the next run takes the work up.", file=sys.stderr)
        return 1


def _run(settings: Settings, months: list[str]) -> int:
    from orchestration import dagster_home  # noqa: PLC0415 - so that a bad setting is told at once

    dagster_home.prepare(settings)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)  # the history has it all
    from orchestration.job import JOB, build_definitions  # noqa: PLC0415 - slow: Dagster
    from orchestration.schedules import run_config  # noqa: PLC0415

    with dagster_home.open_instance(settings) as instance:
        job = build_definitions(settings).resolve_job_def(JOB)
        result = job.execute_in_process(
            run_config=run_config(months, quiet=True),
            instance=instance,
            raise_on_error=False,
            tags={"started_by": "make run"},
        )
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main())
