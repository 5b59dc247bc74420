"""Command line of the simulator: `python -m orchestration.simulator --out DIR`.

Belongs here: arguments and what a person sees. Does not belong here: the simulation (`simulate`, `bench`).
"""

import argparse
import sys
import time
from pathlib import Path

from .bench import write_cur2
from .simulate import Parameters, SimulationError, simulate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.simulator",
        description="Write the billing exports of a made-up company, and the truth about every line.",
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder to write; an older simulation in it is replaced")
    add("--seed", type=int, default=Parameters.seed, help="same seed, same bytes (default %(default)s)")
    add("--start", default=Parameters.start, help="first month, YYYY-MM (default %(default)s)")
    add("--months", type=int, default=Parameters.months, help="how many; the last one is open (default %(default)s)")
    add("--quiet", type=int, default=Parameters.quiet, help="months before the story begins (default %(default)s)")
    add("--lines", type=int, default=0, help="about so many AWS lines over all deliveries (default: the demo)")
    add("--bench", type=int, default=0, metavar="LINES", help="write the benchmark's export instead: 12 closed months")
    add("--memory-limit", default="1500MB", help="what DuckDB may hold (default %(default)s)")
    add("--threads", type=int, default=2, help="months written at a time (default %(default)s)")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> str:
    """Do what is asked for; return a line about it."""
    limits = {"memory_limit": arguments.memory_limit, "threads": arguments.threads}
    begun = time.monotonic()
    if arguments.bench:
        written = write_cur2(arguments.out, arguments.bench, arguments.seed, **limits)
        verb, rows, where = "Wrote", written.rows, written.root
    else:
        wanted = {name: getattr(arguments, name) for name in ("seed", "start", "months", "lines", "quiet")}
        done = simulate(arguments.out, **wanted, **limits)
        verb, rows, where = "Wrote" if done.is_new else "Already there:", done.aws_rows, done.out
    return f"{verb} {rows:,} AWS lines in {time.monotonic() - begun:.1f} s: {where}"


def main() -> int:
    """Run the command line; return its exit code."""
    try:
        print(_run(_arguments()))
    except (SimulationError, FileExistsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
