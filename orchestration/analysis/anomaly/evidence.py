"""When a day, or a run of days, is too far off to be chance.

Belongs here: the tests and their thresholds. Many scopes are tested on many days, in several windows: the threshold
comes from how many false alarms may be, shared among the windows, and is higher where little is known about a scope.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

WINDOWS = (1, 2, 3, 4)
LONGEST = max(WINDOWS)
FALSE_PER_SCOPE_DAY = 1 / 8_000  # of both directions and all windows, if errors were normal
CLEARER = 1.2  # what a scope must show whose parts show nothing
LEAST_EFFECT = 0.05  # of the cost of a day: less is not worth a word, however sure
_SHORT, _LONG, _GAP = 14, 56, 28  # of the search for slow leaks
LEAK_MEMORY = _SHORT + _GAP + _LONG
_LEAK_FALSE = 1 / 30_000
_ORDINARY_GROWTH = 0.0005  # a day: 1.5 % a month
_LEAST_LEAK = 0.08


def threshold(freedom: np.ndarray, chance: float) -> np.ndarray:
    """How many standard deviations are too far for this chance (two sides), knowing the spread from so many days."""
    z = NormalDist().inv_cdf(1 - chance / 2)
    n = np.maximum(freedom, 8.0)
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)  # Student's t, by Cornish and Fisher


def windows(
    errors: np.ndarray, spread: np.ndarray, known_days: np.ndarray, freedom: np.ndarray, has_parts: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Whether the newest day ends a run that is too far off, how long it is, and by how much it is off.

    `errors` are the last LONGEST days, newest last, NaN where a day is not judged. The level that they are measured
    from is itself an estimate, worth `known_days`. Where the parts of a scope are judged too, and none explains what
    is left, it must be clearer: the mix of the parts changes, and with it the seasons of the whole.
    """
    has = np.isfinite(errors)
    value = np.where(has, errors, 0.0)
    edge = threshold(freedom, FALSE_PER_SCOPE_DAY / len(WINDOWS)) * np.where(has_parts, CLEARER, 1.0)
    best, length, effect = np.zeros(len(errors)), np.ones(len(errors), dtype=int), np.zeros(len(errors))
    for window in WINDOWS:
        days = has[:, -window:].sum(1)
        total = value[:, -window:].sum(1)
        sure = np.abs(total) / (spread * np.sqrt(np.maximum(days + days**2 / np.maximum(known_days, 1.0), 1.0)))
        mean = total / np.maximum(days, 1)
        better = (sure > best) & has[:, -window] & (np.abs(mean) > LEAST_EFFECT)
        best, length, effect = (
            np.where(better, sure, best),
            np.where(better, window, length),
            np.where(better, mean, effect),
        )
    return has[:, -1] & (best > edge), length, effect


def leak(
    logs: np.ndarray, valid: np.ndarray, spread: np.ndarray, freedom: np.ndarray, has_parts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Whether cost has grown slowly, beyond ordinary growth, and the level that it had before.

    `logs` are the last LEAK_MEMORY days without seasons. The newest two weeks are compared with two months before last.
    """
    has = valid.astype(float)
    value = np.where(valid, logs, 0.0)
    new, old = slice(-_SHORT, None), slice(0, _LONG)
    days_new, days_old = has[:, new].sum(1), has[:, old].sum(1)
    enough = (days_new >= _SHORT // 2) & (days_old >= _LONG // 2)
    edge = 3 * spread[:, None]
    middle_old = value[:, old].sum(1) / np.maximum(days_old, 1)
    middle_old = (np.clip(value[:, old], middle_old[:, None] - edge, middle_old[:, None] + edge) * has[:, old]).sum(1)
    middle_old /= np.maximum(days_old, 1)
    middle_new = value[:, new].sum(1) / np.maximum(days_new, 1)
    middle_new = (np.clip(value[:, new], middle_new[:, None] - edge, middle_new[:, None] + edge) * has[:, new]).sum(1)
    middle_new /= np.maximum(days_new, 1)
    gap = (_SHORT + _LONG) / 2 + _GAP
    rise = middle_new - middle_old
    doubt = np.sqrt(
        spread**2 * (1 / np.maximum(days_new, 1) + 1 / np.maximum(days_old, 1)) + (_ORDINARY_GROWTH * gap) ** 2
    )
    edge = threshold(freedom, _LEAK_FALSE) * np.where(has_parts, CLEARER, 1.0)
    return enough & (rise > edge * doubt) & (rise > _LEAST_LEAK), middle_old
