"""`python -m tests.bench.anomaly`: how well anomalies are found on the judging seeds, and how fast.

`--tuning` takes the seeds that a detector may be tuned on; `--write` puts the result into the seed of the published
relation `anomaly_detection_quality`. `--first-seed` judges as many seeds that nobody has seen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np

from orchestration.analysis.anomaly.detect import detect
from orchestration.analysis.anomaly.panel import Panel
from tests.bench.anomaly import hours
from tests.bench.anomaly.results import RESULTS, print_rows, write
from tests.bench.anomaly.score import Score
from tests.bench.anomaly.version import search_version
from tests.bench.anomaly.worlds import DIFFICULTY, make
from tests.bench.process import PROJECT

_BIG = {"30% to 50%", "50% to 100%"}


def judged(reading: str, which: str, first: int | None = None) -> Score:
    """Find the anomalies of all companies of these seeds, or of as many from another first one."""
    seeds, score = DIFFICULTY["seeds"][which], Score()
    first = seeds["first"] if first is None else first
    for seed in range(first, first + seeds["count"]):
        world = make(seed, reading)
        score.add(world, detect(world.panel))
    return score


def rows(reading: str, score: Score) -> Iterator[tuple]:
    """One row per measure: reading, measure, kind, band, value, events, what is to be reached."""
    goal = DIFFICULTY["to_reach"]
    events = sum(score.events.values())
    yield reading, "precision", "all", "all", score.precision, score.alarms, goal["precision"]
    big = sum(n for (_, band), n in score.events.items() if band in _BIG)
    yield reading, "recall", "all", "30% to 100%", score.recall(bands=_BIG), big, goal["recall"]
    bands = sorted({band for _, band in score.events} - {"leak"})
    for band in bands:
        count = sum(n for (_, b), n in score.events.items() if b == band)
        yield reading, "recall", "all", band, score.recall(bands={band}), count, None
    for kind in sorted({kind for kind, _ in score.events}):
        count = sum(n for (k, _), n in score.events.items() if k == kind)
        leak = kind == "slow_leak"
        yield reading, "recall", kind, "all", score.recall({kind}), count, goal["recall_slow_leak"] if leak else None
        for band in bands:
            if (kind, band) in score.events:
                yield reading, "recall", kind, band, score.recall({kind}, {band}), score.events[kind, band], None
        days = score.days_to_detect[kind]
        if days:
            yield reading, "mean days to detect", kind, "all", float(np.mean(days)), len(days), None
            yield (
                reading,
                "days to detect, 90 % of events",
                kind,
                "all",
                float(np.percentile(days, 90)),
                len(days),
                None,
            )
    false = goal["false_alarms_per_1000_scope_days"]
    yield reading, "false alarms per 1,000 scope-days", "all", "all", score.false_per_1000, score.scope_days, false
    hits = sum(score.hits.values())
    yield reading, "hits on the very scope", "all", "all", score.same_scope / max(hits, 1), hits, None
    yield reading, "hits of the very kind", "all", "all", score.same_kind / max(hits, 1), hits, None
    yield reading, "events", "all", "all", float(events), events, float(goal["events_at_least"])


def seconds() -> tuple[float, int, int]:
    """How long it takes for as many scopes and days as the difficulty says: several companies beside each other."""
    wanted = DIFFICULTY["to_reach"]["seconds"]
    parts, offset, parents, cost = 0, 0, [], []
    while offset < wanted["scopes"]:
        panel = make(DIFFICULTY["seeds"]["tuning"]["first"] + parts, "deviation").panel
        parents.append(np.where(panel.parents >= 0, panel.parents + offset, -1))
        cost.append(panel.cost)
        offset, parts = offset + len(panel.cost), parts + 1
    panel = Panel(panel.first_day, np.concatenate(cost), np.concatenate(parents, axis=1))
    begun = time.perf_counter()
    detect(panel)
    return time.perf_counter() - begun, *panel.cost.shape


def main() -> int:
    """Print the table; 0 whether or not the targets are reached."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.anomaly", description="Measure the search for anomalies."
    )
    parser.add_argument("--tuning", action="store_true", help="take the tuning seeds")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.relative_to(PROJECT)}")
    parser.add_argument("--first-seed", type=int, help="judge seeds from this one on instead")
    chosen = parser.parse_args()
    if chosen.write and (chosen.tuning or chosen.first_seed is not None):
        parser.error("what is published is what the judging seeds say")
    which, table = "tuning" if chosen.tuning else "judging", []
    for reading in DIFFICULTY["ordinary"]["noise_readings"]:
        table += rows(reading, judged(reading, which, chosen.first_seed))
        print_rows([row for row in table if row[0] == reading])
    took, scopes, days = seconds()
    print(f"{scopes:,} scopes x {days} days: {took:.1f} s (to reach: {DIFFICULTY['to_reach']['seconds']['at_most']} s)")
    by_hour = hours.rows(which)
    print_rows(by_hour)
    if chosen.write:
        write(table, search_version())
        write(by_hour, hours.version())
    return 0


if __name__ == "__main__":
    sys.exit(main())
