"""What repeats: the profile of the week, and what falls on the same day of every month.

Belongs here: estimates from past days alone. Logarithms of cost for the week, money for days of the month, since a fee
does not grow with usage.
"""

from __future__ import annotations

import numpy as np

WEEK = 7
_ROUNDS = 3
_FAR = 3.0  # standard deviations from which a day has no more say
_MONTHS = 8
_SURE = 3.5  # how sure it must be that something falls on a day of the month, in standard errors
_CLEAR, _MOST, _NEWEST = 2.0, 0.7, 4
_LARGEST_LOAD = 0.5  # beside the usage: what is larger is rather a fee
_LAST = 3
LIKELY = (1, -1, -2)  # places in the month
_LIKELY = 0.3  # of the cost of a day: what is not unusual on the first and the last days of a month


def weekdays(days: np.ndarray) -> np.ndarray:
    """0 for Monday to 6 for Sunday."""
    return (days.astype("datetime64[D]").astype(int) + 3) % WEEK


def masked_median(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Median of the valid values along the last axis, NaN where there is none."""
    ordered = np.sort(np.where(valid, values, np.inf), axis=-1)
    count = valid.sum(axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    picked = [
        np.take_along_axis(ordered, np.minimum(i, values.shape[-1] - 1)[..., None], -1)[..., 0] for i in (low, high)
    ]
    with np.errstate(invalid="ignore"):
        middle = (picked[0] + picked[1]) / 2
    return np.where(count > 0, middle, np.nan)


def week_profile(logs: np.ndarray, valid: np.ndarray, weekday: np.ndarray) -> tuple[np.ndarray, ...]:
    """Effect of each weekday, spread of what is left, how many degrees of freedom that has, and from how many weeks.

    `logs` holds whole weeks. Each week is compared with itself, so that a level that moves does no harm.
    """
    scopes, length = logs.shape
    weeks = length // WEEK
    shape = (scopes, weeks, WEEK)
    value, has = np.where(valid, logs, 0.0).reshape(shape), valid.reshape(shape)
    first = int(weekday[0])
    effect = np.zeros((scopes, WEEK))
    weight = has.astype(float)
    spread = np.ones(scopes)
    for turn in range(_ROUNDS):
        rest = value - effect[:, None, :]
        if turn == 0:
            level = np.nan_to_num(masked_median(rest, has))
        else:
            level = (rest * weight).sum(2) / np.maximum(weight.sum(2), 1e-9)
        off = np.where(has, value - level[:, :, None], 0.0)
        if turn == 0:
            effect = np.nan_to_num(masked_median(off.transpose(0, 2, 1), has.transpose(0, 2, 1)))
        else:
            effect = (off * weight).sum(1) / np.maximum(weight.sum(1), 1e-9)
        effect -= effect.mean(1, keepdims=True)
        rest = np.where(has, off - effect[:, None, :], 0.0)
        flat, flat_has = np.abs(rest).reshape(scopes, -1), has.reshape(scopes, -1)
        middle = 1.4826 * np.nan_to_num(masked_median(flat, flat_has))
        weight = (has & (np.abs(rest) <= _FAR * np.maximum(middle, 1e-6)[:, None, None])).astype(float)
        freedom = np.maximum(weight.sum((1, 2)) - (WEEK - 1) - (weight.sum(2) > 0).sum(1), 1.0)
        spread = np.sqrt((rest**2 * weight).sum((1, 2)) / freedom)
    return np.roll(effect, first, axis=1), spread, freedom, np.maximum((weight.sum(2) > 3).sum(1), 1)


def places_in_month(days: np.ndarray) -> list[int]:
    """How each day is told from others of its month: by its number, the last ones by what is left (-1: the last)."""
    starts = days.astype("datetime64[M]")
    number = (days - starts.astype("datetime64[D]")).astype(int) + 1
    left = ((starts + 1).astype("datetime64[D]") - days).astype(int)
    return [-int(rest) if rest <= _LAST else int(n) for n, rest in zip(number, left, strict=True)]


def earlier_days(places: list[int]) -> list[np.ndarray]:
    """For each day the earlier days at its place, newest last."""
    seen: dict[int, list[int]] = {}
    result = []
    for day, place in enumerate(places):
        result.append(np.array(seen.get(place, [])[-_MONTHS:], dtype=int))
        seen.setdefault(place, []).append(day)
    return result


def monthly_load(
    extra: np.ndarray, usual: np.ndarray, today: np.ndarray, valid: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find what comes to the usage on this day of the month, from earlier months; and how sure that is.

    `extra` is money beside the expected usage `usual` on those days, newest last; `today` is the expected usage of the
    day in question. Most of them must be clear and of one sign. Returns a factor on the usage of today, and by what
    factor the doubt is larger than on other days.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(valid, extra / usual, 0.0)
    count = valid.sum(1)
    middle = np.nan_to_num(masked_median(share, valid))
    same = valid & ((share > 0) == (middle > 0)[:, None])
    clear = (same & (np.abs(share) > np.where(count < 4, _CLEAR, 1.0)[:, None] * spread[:, None])).sum(1)
    known = (count >= 2) & (np.maximum(_MOST * count, 2) <= clear) & (np.abs(middle) * np.sqrt(clear) > _SURE * spread)
    newest = same & (np.cumsum(same[:, ::-1], axis=1)[:, ::-1] <= _NEWEST)
    as_load = np.nan_to_num(masked_median(share, newest))
    with np.errstate(invalid="ignore", divide="ignore"):
        as_fee = np.nan_to_num(masked_median(extra, newest) / today)
    # More work, or a fee beside it: what varied less; what is not decided is doubt.
    is_load = np.where(clear >= 4, _varies(share, same) <= _varies(extra, same), np.abs(middle) < _LARGEST_LOAD)
    load = np.maximum(1 + np.where(is_load, as_load, as_fee), 0.1)
    apart = np.log(np.maximum(1 + as_load, 0.1) / np.maximum(1 + as_fee, 0.1)) / np.maximum(spread, 1e-9)
    doubt = np.sqrt(1 + 1.5 / np.clip(clear, 1, _NEWEST) + apart**2 / np.maximum(clear, 1))
    return np.where(known, load, 1.0), np.where(known, doubt, 1.0)


def _varies(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Divide the standard deviation by the mean."""
    count = np.maximum(valid.sum(1), 1)
    mean = np.where(valid, values, 0.0).sum(1) / count
    off = np.where(valid, values - mean[:, None], 0.0)
    return np.sqrt((off**2).sum(1) / count) / np.maximum(np.abs(mean), 1e-12)


def likely_load(extra: np.ndarray, usual: np.ndarray, valid: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, ...]:
    """Find factor and doubt of days on which more work is likely: drawn to 1 by what is not known."""
    count = valid.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(valid, np.clip(extra / usual, -1, 4), 0.0)
    belief = count / (count + (spread / _LIKELY) ** 2 * 1.5)
    load = np.maximum(1 + np.nan_to_num(masked_median(share, valid)) * belief, 0.1)
    return np.where(count > 0, load, 1.0), np.sqrt(1 + 1.5 / np.maximum(count, 1))
