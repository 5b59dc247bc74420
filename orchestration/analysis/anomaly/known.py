"""What is known of the scopes above from what was found below them.

Belongs here: one number per tree, scope and day: cost beside the expected that deeper events explain. A scope that
several trees lead to hears of the same thing several times; the tree that explains most is believed.
"""

from __future__ import annotations

import numpy as np


class Known:
    """Explained cost by tree, scope and day, and the own deviations that it comes from."""

    def __init__(self, parents: np.ndarray, days: int) -> None:
        """Nothing is explained yet."""
        trees, scopes = parents.shape
        self._explained = np.zeros((trees, scopes, days))
        self._own = np.zeros((scopes, days))
        self._above = [[self._way(parents[tree], scope) for scope in range(scopes)] for tree in range(trees)]
        self._full = np.zeros((scopes, days))  # of the events themselves: stays when an event has become ordinary
        self._trees = [[tree for tree in range(trees) if self._above[tree][scope]] for scope in range(scopes)]

    @staticmethod
    def _way(parent: np.ndarray, scope: int) -> list[int]:
        way, place = [], parent[scope]
        while place >= 0:
            way.append(int(place))
            place = parent[place]
        return way

    def at(self, rows: slice, day: int) -> np.ndarray:
        """Explained cost of some scopes on one day."""
        return self._largest(self._explained[:, rows, day])

    def rows(self, scope: int, days: np.ndarray) -> np.ndarray:
        """Explained cost of one scope on some days."""
        return self._largest(self._explained[:, scope, days])

    @staticmethod
    def _largest(by_tree: np.ndarray) -> np.ndarray:
        which = np.abs(by_tree).argmax(0)
        return np.take_along_axis(by_tree, which[None], 0)[0]

    def set(self, scope: int, span: slice, off: np.ndarray) -> np.ndarray:
        """Set the own deviation of a scope on these days; returns the scopes above."""
        change = off - self._own[scope, span]
        self._own[scope, span] = off
        self._full[scope, span] = off
        return self._add(scope, span, change)

    def settle(self, scope: int, span: slice, off: np.ndarray) -> np.ndarray:
        """Explain nothing any more of what went on, since it is ordinary now, and move the days before by `off`."""
        above = self._add(scope, span, -self._own[scope, span])
        self._own[scope, span] = 0.0
        self._add(scope, slice(0, span.start), -off)
        return above

    def _add(self, scope: int, span: slice, change: np.ndarray) -> np.ndarray:
        found: set[int] = set()
        for tree in self._trees[scope]:
            for parent in self._above[tree][scope]:
                self._explained[tree, parent, span] += change
                found.add(parent)
        return np.array(sorted(found), dtype=int)

    def own(self, scope: int, span: slice) -> np.ndarray:
        """Return what is the scope's own: what is explained below it is told there, and expected here."""
        return self._full[scope, span]
