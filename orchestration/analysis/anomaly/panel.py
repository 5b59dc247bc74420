"""What the detector reads: daily costs of scopes beside each other, and what is known about days and scopes.

Belongs here: the shape of the input alone. Floats are right here: what follows is statistics, no sum of money leaves it
without being rounded to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Panel:
    """Costs of `n` scopes on `d` days without a gap in the calendar, all of one currency.

    A scope has one parent per tree (the organization, the providers, ...); -1 where a tree does not hold it or ends.
    """

    first_day: np.datetime64
    cost: np.ndarray  # (n, d); 0 where nothing was charged
    parents: np.ndarray  # (trees, n), places of the parents; -1 for none
    judged: np.ndarray | None = None  # (n, d) False: neither judged nor learned from (restated, not complete)
    planned: np.ndarray | None = None  # (n, d) cost that announced changes add or take away
    restarts: tuple[tuple[int, int], ...] = ()  # scope and day from which an announced change is the ordinary
    holidays: np.ndarray = field(default_factory=lambda: np.array([], dtype="datetime64[D]"))
    resting: np.ndarray | None = None  # (n, d) holidays of some scopes: less cost than usual is ordinary

    @property
    def days(self) -> np.ndarray:
        """The days as dates."""
        return self.first_day + np.arange(self.cost.shape[1])

    def ancestors(self) -> np.ndarray:
        """Which scope stands above which, by tree: (trees, n, n), true at [tree, scope, ancestor]."""
        trees, scopes = self.parents.shape
        above = np.zeros((trees, scopes, scopes), dtype=bool)
        for tree in range(trees):
            here, place = np.arange(scopes), self.parents[tree].copy()
            while (held := place >= 0).any():
                above[tree, here[held], place[held]] = True
                place = np.where(held, self.parents[tree][place], -1)
        return above

    def depth(self) -> np.ndarray:
        """How many scopes stand above each, on the longest way."""
        deep = np.zeros(self.parents.shape[1], dtype=int)
        for tree in range(self.parents.shape[0]):
            steps, place = np.zeros_like(deep), self.parents[tree].copy()
            while (held := place >= 0).any():
                steps += held
                place = np.where(held, self.parents[tree][place], -1)
            deep = np.maximum(deep, steps)
        return deep
