"""What the detector finds: events, one per scope and thing that goes on there.

Belongs here: their shape. An event knows what was known on each day: its first flag never moves, its end may.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np


class Kind(StrEnum):
    """What went on."""

    SPIKE = "spike"
    DROP = "drop"
    LEVEL_SHIFT = "level_shift"
    SLOW_LEAK = "slow_leak"
    NEW = "new_service_or_region"
    MISSING = "missing_data"


class State(StrEnum):
    """What has become of it: it goes on, it is over, or it is the new ordinary."""

    OPEN = "open"
    ENDED = "ended"
    NEW_LEVEL = "new_level"


@dataclass
class Event:
    """One thing that went on in one scope; days are places in the panel."""

    scope: int
    kind: Kind
    onset: int
    flagged: int
    up: bool
    last: int
    state: State = State.OPEN
    # By day from the onset: what was expected with its interval of 95 %, and what there was.
    expected: np.ndarray = field(default_factory=lambda: np.zeros(0))
    low: np.ndarray = field(default_factory=lambda: np.zeros(0))
    high: np.ndarray = field(default_factory=lambda: np.zeros(0))
    actual: np.ndarray = field(default_factory=lambda: np.zeros(0))
    # Filled by `hierarchy`: the event that tells it, if this one is not told itself.
    told_by: int | None = None

    @property
    def impact(self) -> float:
        """Cost beside what was expected, from the onset to the last day."""
        return float((self.actual - self.expected).sum())
