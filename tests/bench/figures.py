"""What the measurements mean: the best of each, the ratios, and the numbers that are to be reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bench.process import Usage
from tests.bench.product import PARTS, STEPS, Run

_GB = 1_000_000_000


@dataclass
class Measurements:
    """Everything that was measured, each as a list of repetitions; `rows` is what the export really holds."""

    rows: int
    repeat: int
    fused: list[float] = field(default_factory=list)
    fused_usage: list[Usage] = field(default_factory=list)
    full: list[Run] = field(default_factory=list)
    unchanged: list[Run] = field(default_factory=list)
    refresh: list[Run] = field(default_factory=list)
    alone: list[Run] = field(default_factory=list)
    """The refreshed month in a home of its own."""
    fixed: list[Run] = field(default_factory=list)
    fixed_refresh: list[Run] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """One number of the issue beside ours; `is_reached` is decided on the unrounded value."""

    title: str
    value: float
    wanted: float
    unit: str
    is_more_better: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether the number is as good as wanted, or better; never where there are too few lines to tell."""
        if self.value <= 0:
            return False
        return self.value >= self.wanted if self.is_more_better else self.value <= self.wanted


def best(runs: list[Run]) -> Run:
    """Return the run whose work took the least."""
    return min(runs, key=lambda run: run.work)


def peak(runs: list[Run]) -> int:
    """Return the highest memory of any of these runs, in bytes: the worst, not the best, is what a machine needs."""
    return max(run.usage.peak_bytes for run in runs)


def daily_of(runs: list[Run]) -> float:
    """Return the seconds of the daily table in the run where it took the least."""
    return min(run.daily for run in runs)


def sql_of(runs: list[Run]) -> float:
    """Return the seconds of all models in the run where they took the least."""
    return min(run.sql for run in runs)


def targets(found: Measurements) -> list[Target]:
    """Return what was to be reached. "The rest" is what is left of ours without the fixed part."""
    fused, rest = min(found.fused), best(found.full).work - best(found.fixed).work
    daily = daily_of(found.full) - daily_of(found.fixed)
    refresh = _ratio(sql_of(found.refresh) - sql_of(found.fixed_refresh), sql_of(found.full) - sql_of(found.fixed))
    growth = peak(found.refresh) / peak(found.alone)
    apart = rest - sum(best(found.full).steps[part] - best(found.fixed).steps[part] for part in PARTS)
    every = [*found.full, *found.refresh, *found.unchanged, *found.alone]
    return [
        Target("without line level and analyses", _ratio(found.rows, apart), 1_000_000, "lines/s", is_more_better=True),
        Target("the same against the query", max(apart / fused, 0.0), 3, "times"),
        Target("load to publish, all of it", _ratio(found.rows, rest), 1_000_000, "lines/s", is_more_better=True),
        Target("the daily table against the query", max(daily / fused, 0.0), 1.5, "times"),
        Target("refresh of one month of twelve (SQL)", refresh, 1 / 6, "of a full build"),
        Target("peak memory of any run", peak(every) / _GB, 4, "GB"),
        Target("memory of a refresh with eleven closed months", growth, 1.25, "times none"),
        Target("fixed part of a full run", min(run.usage.seconds for run in found.fixed), 45, "s"),
        Target("a run with nothing new", min(run.usage.seconds for run in found.unchanged), 15, "s"),
    ]


def _ratio(part: float, whole: float) -> float:
    """Divide; 0, which no target takes for reached, where the whole drowns in the fixed part."""
    return max(part / whole, 0.0) if whole > 0 else 0.0


def as_dict(found: Measurements) -> dict[str, Any]:
    """Return all of it for the JSON file."""
    runs = ("full", "unchanged", "refresh", "alone", "fixed", "fixed_refresh")
    return {
        "lines": found.rows,
        "repeat": found.repeat,
        "targets": [vars(target) | {"is_reached": target.is_reached} for target in targets(found)],
        "fused": {"seconds": found.fused, "processes": [vars(usage) for usage in found.fused_usage]},
        **{name: [run.as_dict() for run in getattr(found, name)] for name in runs},
    }


def steps(found: Measurements) -> list[tuple[str, float, float, float, float]]:
    """Return (step, seconds, seconds at a thousand lines, the rest, the rest against the query), of the best runs.

    Parts of a step are indented; processor seconds are held against the query's.
    """
    full, fixed = best(found.full), best(found.fixed)
    rows = []
    for step in STEPS:
        rows.append((step, full.steps.get(step, 0.0), fixed.steps.get(step, 0.0)))
        if step == "build":
            rows.append(("  models, summed", sql_of(found.full), sql_of(found.fixed)))
            rows.append(("  of them the daily table", daily_of(found.full), daily_of(found.fixed)))
        rows += [
            (f"  of it the {part}", full.steps[part], fixed.steps[part]) for part, of in PARTS.items() if of == step
        ]
    rows.append(("land to publish", full.work, fixed.work))
    rows.append(("the whole process", full.usage.seconds, fixed.usage.seconds))
    table = [(name, whole, part, whole - part, (whole - part) / min(found.fused)) for name, whole, part in rows]
    whole, part = (min(run.usage.cpu_seconds for run in runs) for runs in (found.full, found.fixed))
    against = min(usage.cpu_seconds for usage in found.fused_usage)
    return [*table, ("its processor seconds", whole, part, whole - part, (whole - part) / against)]
