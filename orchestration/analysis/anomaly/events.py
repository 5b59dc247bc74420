"""What the detector finds: events, one per scope and thing that goes on there.

Belongs here: their shape. An event knows what was known on each day: its first flag never moves, its end may.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

_CERTAINTY = 1.96  # standard deviations: 95 %


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
    before: float = 0.0  # level before the onset, a logarithm
    spread: float = 0.0  # how far off a day was usually, when it was flagged; logarithms, too
    # By day from the onset: what was expected with its interval of 95 %, and what there was.
    expected: np.ndarray = field(default_factory=lambda: np.zeros(0))
    low: np.ndarray = field(default_factory=lambda: np.zeros(0))
    high: np.ndarray = field(default_factory=lambda: np.zeros(0))
    actual: np.ndarray = field(default_factory=lambda: np.zeros(0))
    # All days together: they are not all off to the same side, so their interval is narrower than the sum of theirs.
    least: float = 0.0
    most: float = 0.0
    # Filled by `hierarchy`: the event that tells it, if this one is not told itself.
    told_by: int | None = None
    # Filled by `same_cause`: other scopes cost as much less; their accounts and services cost what they did.
    moved: bool = False

    def bound(self, usual: np.ndarray, doubt: np.ndarray) -> None:
        """Fill the intervals: so much of the expected cost is the scope's own, and so doubtful."""
        far = np.exp(_CERTAINTY * self.spread * doubt)
        self.low = np.maximum(self.expected - usual * (1 - 1 / far), 0.0)
        self.high = self.expected + usual * (far - 1)
        below, beyond = self.expected - self.low, self.high - self.expected
        self.least = float(self.expected.sum() - np.sqrt((below**2).sum()))
        self.most = float(self.expected.sum() + np.sqrt((beyond**2).sum()))

    @property
    def impact(self) -> float:
        """Cost beside what was expected, from the onset to the last day."""
        return float((self.actual - self.expected).sum())
