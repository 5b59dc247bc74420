"""`python -m tests.bench.anomaly.hours`: how well hours that stand out are found; `--write` publishes it.

A hit is the same scope, day and direction, and hours in common.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import numpy as np

from orchestration.analysis.anomaly.hours import JUDGED, Standout, search
from tests.bench.anomaly.hour_worlds import DIFFICULTY, DIFFICULTY_FILE, Event, make
from tests.bench.anomaly.results import print_rows, write
from tests.bench.anomaly.version import search_version

_BANDS = ((0.5, "50% to 100%"), (0.3, "30% to 50%"), (0.15, "15% to 30%"), (0.0, "below 15%"))
_BIG = ("30% to 50%", "50% to 100%")


def rows(which: str) -> list[tuple]:
    """Measure the seeds for `tuning` or `judging`; columns as in `__main__.rows`."""
    seeds, goal = DIFFICULTY["seeds"][which], DIFFICULTY["to_reach"]
    events, hits, alarms, right, scope_days = Counter(), Counter(), 0, 0, 0
    for seed in range(seeds["first"], seeds["first"] + seeds["count"]):
        world = make(seed, JUDGED)
        found = search(world.cost, np.ones(world.cost.shape[:2], dtype=bool), world.weekday)
        told = [[one for one in found if _hits(one, event)] for event in world.events]
        for event, by in zip(world.events, told, strict=True):
            key = ("spike" if event.up else "drop", next(name for least, name in _BANDS if event.size >= least))
            events[key] += 1
            hits[key] += bool(by)
        alarms, right = alarms + len(found), right + len({id(one) for by in told for one in by})
        scope_days += world.cost.shape[0] * JUDGED

    def recall(*wanted: str) -> tuple[float, int]:
        keys = [key for key in events if not wanted or set(key) & set(wanted)]
        count = sum(events[key] for key in keys)
        return sum(hits[key] for key in keys) / max(count, 1), count

    table = [
        ("precision", "all", "all", right / max(alarms, 1), alarms, goal["precision"]),
        ("recall", "all", "30% to 100%", *recall(*_BIG), goal["recall_from_30_percent"]),
        *(("recall", "all", band, *recall(band), None) for _, band in sorted(_BANDS)),
        *(("recall", kind, "all", *recall(kind), None) for kind in ("spike", "drop")),
    ]
    false = 1000 * (alarms - right) / scope_days
    limit = goal["false_alarms_per_1000_scope_days"]
    table.append(("false alarms per 1,000 scope-days", "all", "all", false, scope_days, limit))
    count = sum(events.values())
    table.append(("events", "all", "all", float(count), count, float(goal["events_at_least"])))
    return [("hours", *row) for row in table]


def _hits(one: Standout, event: Event) -> bool:
    if (one.scope, one.up) != (event.scope, event.up):
        return False
    return any(
        day == event.day and hours.start <= event.last and event.first < hours.stop for day, hours in one.common(one)
    )


def version() -> str:
    """Hash the search of hours and what it is measured on."""
    return search_version(search.__module__, (make.__module__, "tests.bench.anomaly.hours"), DIFFICULTY_FILE)


def main() -> int:
    """Print the table; 0 whether or not the targets are reached."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.anomaly.hours", description="Measure the search of hours."
    )
    parser.add_argument("--tuning", action="store_true", help="take the tuning seeds")
    parser.add_argument("--write", action="store_true", help="publish it")
    chosen = parser.parse_args()
    if chosen.tuning and chosen.write:
        parser.error("what is published is what the judging seeds say")
    begun = time.process_time()
    table = rows("tuning" if chosen.tuning else "judging")
    print_rows(table)
    print(f"{time.process_time() - begun:.1f} s of processor for all")
    if chosen.write:
        write(table, version())
    return 0


if __name__ == "__main__":
    sys.exit(main())
