"""Series that the tests share."""

from __future__ import annotations

from datetime import date

import numpy as np

from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.series import Key, Panel

START = date(2024, 1, 1)  # a Monday


def weekly(length: int, level: float = 100.0, weekend: float = 0.6) -> np.ndarray:
    """Return a flat series that rests at weekends."""
    return np.where(Days(START, length).weekday >= 5, level * weekend, level)


def noisy(length: int, seed: int = 1, level: float = 100.0, size: float = 0.05) -> np.ndarray:
    """Return a weekly series with noise."""
    return weekly(length, level) * (1 + np.random.default_rng(seed).normal(0, size, length))


def with_fee(cost: np.ndarray, fee: float = 500.0, month_day: int = 1) -> np.ndarray:
    """Return the series with a fee on a day of the month."""
    return cost + np.where(Days(START, len(cost)).month_day == month_day, fee, 0.0)


def key(scope_type: str = "team", scope_id: str = "a") -> Key:
    """Return a key in US dollars."""
    return Key(scope_type, scope_id, "USD")


def panel(**teams: np.ndarray) -> tuple[Panel, dict[tuple[str, str], tuple[str, str]]]:
    """Return teams with their company, and who is part of whom."""
    costs = {key("team", name): cost for name, cost in teams.items()}
    costs[key("company", "all")] = np.sum(list(teams.values()), axis=0)
    return Panel(START, costs), {("team", name): ("company", "all") for name in teams}
