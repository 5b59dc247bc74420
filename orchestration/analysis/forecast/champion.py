"""Which method speaks for a scope, and why.

Belongs here: comparing what the methods said with what happened, and the reason in words. Months one to three ahead
decide. A method of its own must beat what serves all scopes of the type best by a margin, over enough origins, or
the choice would follow chance. Does not belong here: the methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.analysis.forecast.backtest import TARGETS, Window
from orchestration.analysis.forecast.methods import COMBINATION, SEASONAL_NAIVE
from orchestration.analysis.forecast.series import Key
from orchestration.words import percent

_JUDGED = [number for number, (unit, lead) in enumerate(TARGETS) if unit == "month" and lead <= 3]
_MARGIN = 0.95
_LEAST_ORIGINS = 5
DEFAULTS = (COMBINATION, "ets", "recent_level", SEASONAL_NAIVE)


@dataclass(frozen=True)
class Champion:
    """The method that speaks for a key; its error in the backtest and the seasonal naive's, over how many origins."""

    method: str
    reason: str
    wape: float | None
    naive_wape: float | None
    origin_count: int


@dataclass(frozen=True)
class Judged:
    """A window with what happened."""

    window: Window
    actual: np.ndarray


def choose(judged: Sequence[Judged], available: Mapping[Key, set[str]]) -> dict[Key, Champion]:
    """Return the champion of every key in `available`, which says what methods its history allows."""
    by_type: dict[str, list[Judged]] = {}
    by_key: dict[Key, list[Judged]] = {}
    for item in judged:
        if not np.isnan(item.actual[_JUDGED[0]]):
            by_type.setdefault(item.window.key.scope_type, []).append(item)
            by_key.setdefault(item.window.key, []).append(item)
    shared = {scope_type: _shares(items) for scope_type, items in by_type.items()}
    return {
        key: _chosen(by_key.get(key, []), shared.get(key.scope_type, {}), methods, key.scope_type)
        for key, methods in available.items()
    }


def choose_without(judged: Sequence[Judged], available: Mapping[Key, set[str]]) -> dict[date, dict[Key, Champion]]:
    """Return for every origin the champions that all other origins would have chosen.

    A champion has been chosen by its small errors: where the same errors tell how wide an interval must be, it is too
    narrow for what comes.
    """
    origins = sorted({item.window.origin for item in judged})
    return {origin: choose([item for item in judged if item.window.origin != origin], available) for origin in origins}


def _chosen(items: list[Judged], shared: Mapping[str, float], methods: set[str], scope_type: str) -> Champion:
    own = {name: error for name, error in _wapes(items).items() if name in methods}
    allowed = {name: share for name, share in shared.items() if name in methods}
    common = min(allowed, key=allowed.__getitem__) if allowed else next(name for name in DEFAULTS if name in methods)
    naive, count = own.get(SEASONAL_NAIVE), len(items)
    if not own:
        return Champion(common, "no closed month to compare the methods in; what usually serves best", None, None, 0)
    best = min(own, key=own.__getitem__)
    if count >= _LEAST_ORIGINS and (common not in own or own[best] < _MARGIN * own[common]):
        others = sorted((error, name) for name, error in own.items() if name != best)
        beaten = f"; next is {others[0][1]} with {percent(others[0][0], 1)}" if others else ""
        why = f"smallest error in {count} origins, {percent(own[best], 1)}{beaten}"
        return Champion(best, why, own[best], naive, count)
    why = f"best over all scopes of type {scope_type}"
    why += f", {percent(own[common], 1)} here" if common in own else ""
    few, close = f"only {count} origins of its own", f"none beats it by {percent(1 - _MARGIN)} in {count} origins"
    why += f"; {few if count < _LEAST_ORIGINS else close}"
    return Champion(common, why, own.get(common), naive, count)


def _wapes(items: Sequence[Judged]) -> dict[str, float]:
    """Return the error by method over the windows that all of them share as far as most allow."""
    names = _common_methods(items)
    wrong, right = dict.fromkeys(names, 0.0), 0.0
    for item in items:
        if not all(name in item.window.said for name in names):
            continue
        actual = item.actual[_JUDGED]
        over = ~np.isnan(actual)
        right += float(np.abs(actual[over]).sum())
        for name in names:
            wrong[name] += float(np.abs(item.window.expected(name)[_JUDGED][over] - actual[over]).sum())
    return {name: error / right for name, error in wrong.items()} if right else {}


def _common_methods(items: Sequence[Judged]) -> list[str]:
    """Return the methods that spoke in at least half of the windows, and three of them."""
    counts: dict[str, int] = {}
    for item in items:
        for name in item.window.said:
            counts[name] = counts.get(name, 0) + 1
    enough = max(min(3, len(items)), len(items) / 2)
    return [name for name, count in counts.items() if count >= enough]


def _shares(items: Sequence[Judged]) -> dict[str, float]:
    """Return the middle over keys of each method's error as a share of the key's seasonal naive."""
    by_key: dict[Key, list[Judged]] = {}
    for item in items:
        by_key.setdefault(item.window.key, []).append(item)
    ratios: dict[str, list[float]] = {}
    for some in by_key.values():
        wapes = _wapes(some)
        base = wapes.get(SEASONAL_NAIVE, 0.0)
        if base > 0:
            for name, error in wapes.items():
                ratios.setdefault(name, []).append(error / base)
    most = max((len(values) for values in ratios.values()), default=0)
    return {name: float(np.median(values)) for name, values in ratios.items() if len(values) >= most / 2}
