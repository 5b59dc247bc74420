"""Where the open month lands: what the last four weeks say and what the forecast says, as one number.

Belongs here: the rest of the open month. The estimate of the marts (`fct_landing_estimates`: the level of four weeks,
fees as usual) and the champion's forecast are right on different days and scopes; their mean is better than either.
What comes late, for days that are over, has no day of its own in a forecast and stands apart. Does not belong here: any
later month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.analysis.forecast.methods import recent_level
from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.shape import take_apart


@dataclass(frozen=True)
class Estimate:
    """What the marts expect of the rest of the open month: usage of its days, and fees, taxes and credits to come."""

    usage_ahead: float
    other_ahead: float


def opened(
    path: np.ndarray, cost: np.ndarray, days: Days, ahead: Days, estimate: Estimate | None
) -> tuple[np.ndarray, float]:
    """Return the cost of the days ahead in the open month, and what is still to come for those that are over.

    Without an estimate of the marts, the level of the last four weeks stands for it, and nothing comes late.
    """
    shape = take_apart(cost, days)
    if estimate is None:
        weeks = recent_level(shape.weeks, -(-ahead.length // 7))
        return _scaled(path, (path.sum() + shape.daily(weeks, ahead).sum()) / 2), 0.0
    due = sum(fee.amount * float(fee.falls_on(ahead).sum()) for fee in shape.fees)
    late = estimate.other_ahead - due
    late = float(np.clip(late, min(estimate.other_ahead, 0.0), max(estimate.other_ahead, 0.0)))
    return _scaled(path, (path.sum() + estimate.usage_ahead + estimate.other_ahead - late) / 2), late


def _scaled(path: np.ndarray, total: float) -> np.ndarray:
    """Return a path with another total: in proportion where both are cost, else by the same amount each day."""
    if path.sum() > 0 and total > 0:
        return path * (total / path.sum())
    return path + (total - path.sum()) / len(path)
