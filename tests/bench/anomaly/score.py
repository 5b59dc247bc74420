"""What the detector finds, held against the truth, counted as `difficulty.yml` says.

Belongs here: hits, misses and false alarms. Does not belong here: any idea of how they come about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from orchestration.analysis.anomaly.events import Event
from tests.bench.anomaly.worlds import DIFFICULTY, Truth, World

_COUNTING = DIFFICULTY["counting"]


@dataclass
class Score:
    """Counts over many worlds; ratios are taken of them at the end."""

    scope_days: int = 0
    alarms: int = 0
    true: int = 0
    doubles: int = 0
    late: int = 0
    events: Counter = field(default_factory=Counter)  # (kind, band)
    hits: Counter = field(default_factory=Counter)
    same_scope: int = 0
    same_kind: int = 0
    days_to_detect: dict = field(default_factory=lambda: defaultdict(list))

    def add(self, world: World, found: list[Event]) -> None:
        """Count one world."""
        warm = DIFFICULTY["world"]["warm_up_days"]
        ancestors = world.panel.ancestors().any(0)
        judged = world.panel.judged
        self.scope_days += int(judged[:, warm:].sum() if judged is not None else world.panel.cost[:, warm:].size)
        alarms = alarms_of(found, warm)
        self.alarms += len(alarms)
        taken: set[int] = set()
        for event in world.truth:
            key = (event.kind, band(event))
            self.events[key] += 1
            mine = [
                place
                for place, (scope, flagged, _) in enumerate(alarms)
                if place not in taken and _is_of(event, scope, ancestors) and event.onset <= flagged <= _until(event)
            ]
            if not mine:
                continue
            first = min(mine, key=lambda place: alarms[place][1])
            taken.add(first)
            scope, flagged, kind = alarms[first]
            self.true += 1
            self.days_to_detect[event.kind].append(flagged - event.onset)
            if flagged <= event.complete + _COUNTING["days_to_hit"]:
                self.hits[key] += 1
                self.same_scope += scope == event.scope
                self.same_kind += kind == event.kind
            else:
                self.late += 1
        for place, (scope, flagged, _) in enumerate(alarms):
            if place not in taken:
                self.doubles += any(
                    (_is_of(e, scope, ancestors) or ancestors[scope, e.scope]) and e.onset <= flagged <= _until(e)
                    for e in world.truth
                )

    def recall(self, kinds: set[str] | None = None, bands: set[str] | None = None) -> float:
        """Hits of events; NaN where there are none."""

        def count(of: Counter) -> int:
            return sum(n for (k, b), n in of.items() if (not kinds or k in kinds) and (not bands or b in bands))

        return count(self.hits) / count(self.events) if count(self.events) else float("nan")

    @property
    def precision(self) -> float:
        """True alarms of all alarms."""
        return self.true / max(self.alarms, 1)

    @property
    def false_per_1000(self) -> float:
        """False alarms by thousand scope-days that were judged."""
        return (self.alarms - self.true) * 1000 / max(self.scope_days, 1)


def alarms_of(found: list[Event], warm: int) -> list[tuple[int, int, str]]:
    """List scope, first flag and kind of what is told; the flag of a linked event counts for what tells it."""
    first = {place: event.flagged for place, event in enumerate(found) if event.told_by is None}
    for event in found:
        if event.told_by is not None:
            first[event.told_by] = min(first[event.told_by], event.flagged)
    return [
        (found[place].scope, flagged, str(found[place].kind)) for place, flagged in first.items() if flagged >= warm
    ]


def band(event: Truth) -> str:
    """Name the size band of an event; slow leaks are counted for themselves."""
    edges = _COUNTING["bands"]
    place = int(np.searchsorted(edges, event.size, side="right")) - 1
    place = min(max(place, 0), len(edges) - 2)
    return "leak" if event.kind == "slow_leak" else f"{edges[place]:.0%} to {edges[place + 1]:.0%}"


def _is_of(event: Truth, scope: int, ancestors: np.ndarray) -> bool:
    return scope == event.scope or bool(ancestors[event.scope, scope])


def _until(event: Truth) -> int:
    return event.complete + _COUNTING["stays"] if event.stays else event.last + _COUNTING["days_to_hit"]
