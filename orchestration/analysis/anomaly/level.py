"""Where the cost of a scope stands, how it moves, and how far off a day usually is.

Belongs here: level, slope and scale of logarithms from which the seasons are taken off.
"""

from __future__ import annotations

import numpy as np

from orchestration.analysis.anomaly.seasons import masked_median

MEMORY = 84
_FADE = 20.0  # days after which a day has 1/e of its say
_STEEPEST = 0.002  # a day: 6 % a month
CALMEST = 0.01
AGES = np.arange(MEMORY, 0, -1, dtype=float)
_WEIGHTS = np.exp(-(AGES - 1) / _FADE)


def level(logs: np.ndarray, valid: np.ndarray, former: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, ...]:
    """Level of the newest days, mean age of what it is made of, and how many days that is worth.

    `logs` and `valid` hold the last MEMORY days or fewer. Days far off the former level count as the edge.
    """
    weights, ages = _WEIGHTS[-logs.shape[1] :], AGES[-logs.shape[1] :]
    has = valid.astype(float)
    edge = 2.5 * spread[:, None]
    near = former[:, None]
    clipped = np.where(valid, np.clip(logs, near - edge, near + edge), 0.0)
    total = has @ weights
    safe = np.maximum(total, 1e-9)
    return clipped @ weights / safe, has @ (weights * ages) / safe, total**2 / np.maximum(has @ weights**2, 1e-9)


def middle(logs: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Take the median, where there is no former level."""
    return masked_median(logs, valid)


def slope(logs: np.ndarray, valid: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How the level moves a day, from weekly medians; 0 as long as there are fewer than eight weeks."""
    scopes, length = logs.shape
    weeks = length // 7
    if weeks < 8:
        return np.zeros(scopes)
    shape = (scopes, weeks, 7)
    has = valid[:, -weeks * 7 :].reshape(shape)
    value = masked_median(logs[:, -weeks * 7 :].reshape(shape), has)
    weight = np.where(np.isfinite(value), has.sum(2), 0).astype(float)
    value, place = np.nan_to_num(value), np.arange(weeks) * 7.0
    total = np.maximum(weight.sum(1), 1e-9)
    centre = (weight @ place) / total
    off = place[None, :] - centre[:, None]
    squares = (weight * off**2).sum(1)
    found = (weight * off * value).sum(1) / np.maximum(squares, 1e-9)
    # Shrunk towards no movement by how little is known: a slope of 1 % a month is ordinary.
    doubt = 1.5 * spread**2 / np.maximum(squares, 1e-9)
    found *= (0.0005**2) / (0.0005**2 + doubt)
    return np.where((weight > 0).sum(1) >= 8, np.clip(found, -_STEEPEST, _STEEPEST), 0.0)


def scale(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spread of past errors, wider where their tails are heavy, and how many there are."""
    has = np.isfinite(errors)
    count = has.sum(1)
    size = np.where(has, np.abs(errors), 0.0)
    rough = 1.4826 * np.nan_to_num(masked_median(size, has))
    edge = 2.5 * rough[:, None]
    squares = (np.minimum(size, edge) ** 2).sum(1) / np.maximum(count, 1)
    spread = np.sqrt(squares) / 0.978  # what clipping at 2.5 takes from a normal spread
    place = np.maximum(count - 1 - count // 50, 0)  # the 98th percentile
    ordered = np.sort(np.where(has, size, np.inf), axis=1)
    tail = np.take_along_axis(ordered, np.minimum(place, errors.shape[1] - 1)[:, None], 1)[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        heavy = np.where((count >= 50) & (spread > 0), tail / (2.33 * 1.15 * spread), 1.0)
    return np.maximum(spread, CALMEST) * np.clip(heavy, 1.0, 3.0), count
