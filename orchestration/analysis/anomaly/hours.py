"""Hours that stand out of their day: what the day as a whole may hide, and a step on the day on which it comes.

A day has a level of its own, the median of its hours beside what these hours usually are: what moves the whole day is
the daily search's. An hour is judged by the days of its kind before it, working days or weekends: by how far the hours
of that scope are off usually, and by how far any of them was in five weeks, so that a job that comes once a month, or
an hour later today, is known. Several hours in a row may be what one of them is not.

Belongs here: one way through a panel of days and hours. Which hours people are told, and when, is `hourly`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

HOURS = 24
JUDGED = 14  # newest days that are judged
MEMORY = 35  # days before that are known: a month, so that its first day is
_LEAST_DAYS = 6  # of one kind, to tell what is usual
_ALWAYS = 0.8  # share of hours with cost in a scope that is judged by the hour
_SURE = 5.5  # standard deviations: a scope has two thousand such windows in two weeks
_BEYOND = 1.2  # times what was farthest off before, as many hours
_MARGIN = 0.2  # by which they stand out of the hours near them, and a day of all days before; a logarithm
_MOST = 0.5  # of what hours are off: as much of it must be left together with the hours near them
NEAR = 2  # hours by which a job may come earlier or later
_FEW = 1.5  # by how much less sure a spread is, over the number of days that tell it
_CALMEST = 0.02  # what no scope is calmer than; a logarithm
_LENGTHS = (1, 2, 3, 4, 6, 8)
_ROUNDS = 6  # in which a day is searched again
_HALVES = (8, 10, 12)  # hours that move the level of a day, if they are off together
_LEAST_HOURS = 8  # that tell the level of a day
_SHARE = 0.05  # of what the scope costs a day: less is not worth a word
_ABSENT = 0.05  # of what is expected: less is no data
_CERTAINTY = 1.96
_TO_NORMAL = 1.4826  # the median absolute deviation of a normal distribution, as its standard deviation
_OWN = 2.0  # times what such hours are off usually: as much a weekday has of its own
_OWN_DAYS = 3  # of a weekday that tell it
_FLOOR = 1e-4  # of a scope's usual hour: logarithms know no 0
_WEEK = 5  # days of a kind that tell at which level a day is
WEEKEND = 5


@dataclass(frozen=True)
class Standout:
    """Hours in a row in one scope that are off together; places in the panel, and money."""

    scope: int
    day: int
    first: int
    last: int
    """Past 23 if they go on after midnight."""
    up: bool
    expected: float
    low: float
    high: float
    actual: float
    usual_day: float
    """What the scope costs on such a day."""

    @property
    def impact(self) -> float:
        """Cost beside what was expected."""
        return self.actual - self.expected

    @property
    def is_missing(self) -> bool:
        """Whether there is next to nothing."""
        return self.actual < _ABSENT * self.expected

    def common(self, other: Standout) -> list[tuple[int, slice]]:
        """Return the hours that both are off, by day."""
        begin = max(one.day * HOURS + one.first for one in (self, other))
        end = min(one.day * HOURS + one.last for one in (self, other)) + 1
        days = range(begin // HOURS, (end - 1) // HOURS + 1) if begin < end else ()
        return [(day, slice(max(begin - day * HOURS, 0), min(end - day * HOURS, HOURS))) for day in days]

    def joined(self, later: Standout) -> Standout:
        """Add what goes on after midnight."""
        expected = self.expected + later.expected
        return replace(
            self,
            last=self.last + later.last + 1,
            expected=expected,
            low=expected - float(np.hypot(self.expected - self.low, later.expected - later.low)),
            high=expected + float(np.hypot(self.high - self.expected, later.high - later.expected)),
            actual=self.actual + later.actual,
        )


def search(
    cost: np.ndarray, judged: np.ndarray, weekday: np.ndarray, resting: np.ndarray | None = None
) -> list[Standout]:
    """Find what stands out in the newest days.

    `cost` is money by scope, day and hour (UTC), days without a gap; `judged` says by scope and day what is complete
    and ordinary; `weekday` is 0 for a Monday; `resting` says by scope and day where people rest. Each day is judged by
    the days before it alone.
    """
    resting = np.zeros(judged.shape, dtype=bool) if resting is None else resting
    newest = range(max(len(weekday) - JUDGED, 0), len(weekday))
    found = [search_day(cost, judged, weekday, resting, day, np.flatnonzero(judged[:, day])) for day in newest]
    return over_midnight([one for of_day in found for one in of_day])


def search_day(
    cost: np.ndarray, judged: np.ndarray, weekday: np.ndarray, resting: np.ndarray, day: int, rows: np.ndarray
) -> list[Standout]:
    """Find what stands out in one day of some scopes; the rest is as in `search`.

    A day of rest is judged as one of a weekend.
    """
    found: list[Standout] = []
    span, until = slice(max(day - MEMORY, 0), day), slice(max(day - MEMORY, 0), day + 1)
    known = judged[rows, span] & (cost[rows, span].sum(2) > 0)
    rest = (weekday[until] >= WEEKEND) | resting[rows, until]
    for alike in _alike(np.concatenate([known, rest], axis=1)):
        before, is_rest, group = known[alike[0]], rest[alike[0]], rows[alike]
        same = before & (is_rest[:-1] == is_rest[-1])
        if same.sum() < _LEAST_DAYS:
            continue
        former = cost[group, span]
        always = (former[:, same] > 0).mean((1, 2)) >= _ALWAYS
        if always.any():
            kinds = [(former[always][:, which], weekday[span][which]) for which in (same, before & ~same)]
            usually = _Usual.of(*kinds, int(weekday[day]))
            found += _judge(cost[group[always], day], usually, group[always], day)
    # less than usual is ordinary where people rest
    return [one for one in found if one.up or not resting[one.scope, day]]


def _alike(masks: np.ndarray) -> Iterator[np.ndarray]:
    """Group the places of scopes that know the same days."""
    _, group = np.unique(masks, axis=0, return_inverse=True)
    for number in range(int(group.max(initial=-1)) + 1):
        yield np.flatnonzero(group.ravel() == number)


def over_midnight(found: list[Standout]) -> list[Standout]:
    """Take for one what ends with a day and goes on with the next: midnight in UTC is an afternoon somewhere."""
    result: list[Standout] = []
    for one in sorted(found, key=lambda one: (one.scope, one.up, one.day, one.first)):
        last = result[-1] if result else None
        goes_on = last and (last.scope, last.up) == (one.scope, one.up) and not one.first
        if goes_on and last.day * HOURS + last.last + 1 == one.day * HOURS:
            result[-1] = last.joined(one)
        else:
            result.append(one)
    return sorted(result, key=lambda one: (one.scope, one.day, one.first))


def _judge(today: np.ndarray, usually: _Usual, scopes: np.ndarray, day: int) -> Iterator[Standout]:
    """Judge a day of scopes, again without the hours that were found, until nothing is."""
    off = {sign: np.zeros(today.shape, dtype=bool) for sign in (1, -1)}
    rows = np.arange(len(scopes))
    for _ in range(_ROUNDS):
        apart = off[1][rows] | off[-1][rows]
        hits = np.zeros(len(rows), dtype=bool)
        for sign, hours in usually.only(rows).standing_out(today[rows], apart).items():
            off[sign][rows] |= hours
            hits |= hours.any(1)
        rows = rows[hits & ((off[1][rows] | off[-1][rows]).sum(1) <= HOURS - _LEAST_HOURS)]
        if not len(rows):
            break
    rows = np.flatnonzero((off[1] | off[-1]).any(1))
    of_rows = usually.only(rows)
    usual = of_rows.expected(today[rows], off[1][rows] | off[-1][rows])
    for place, row in enumerate(rows):
        for sign, hours in off.items():
            for first, last in _runs(hours[row]):
                part = slice(first, last + 1)
                expected, wide = float(usual[place, part].sum()), of_rows.interval(place, first, last)
                yield Standout(
                    *(int(scopes[row]), day, first, last, sign > 0),
                    expected=expected,
                    low=expected / wide,
                    high=expected * wide,
                    actual=float(today[row, part].sum()),
                    usual_day=float(usual[place].sum()),
                )


def _runs(hours: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last of hours in a row; one hour between two is part of them."""
    places = np.flatnonzero(hours)
    cuts = np.flatnonzero(np.diff(places) > 2)
    firsts, lasts = np.append(0, cuts + 1), np.append(cuts, len(places) - 1)
    return [(int(places[first]), int(places[last])) for first, last in zip(firsts, lasts, strict=True) if len(places)]


@dataclass(frozen=True)
class _Usual:
    """What scopes cost by the hour on days of a kind, and how far off any day of the memory was; by scope."""

    floor: np.ndarray
    profile: np.ndarray
    levels: np.ndarray
    spreads: dict[int, np.ndarray]
    apart: dict[int, np.ndarray]
    """How far so many hours in a row are apart from all others usually."""
    past: np.ndarray
    """How far hours of all days were off, in logarithms."""
    stood: np.ndarray
    """The same with the usual hours in it: how far they stood out of their day."""
    extra: np.ndarray
    """How much money they were off."""

    @classmethod
    def of(cls, same: _Kind, other: _Kind, weekday: int) -> _Usual:
        """Learn from days of this kind, and from those of the other how far off an hour may be.

        Days come with their weekdays: where hours of one differ from its kind each week, they are usual for it. A
        weekend begins at midnight of the people, not of UTC.
        """
        floor = _FLOOR * np.median(same[0], axis=(1, 2))
        profile, levels, past, own, extra = _of_kind(*same, floor)
        spreads = {length: _spread(past, length) for length in _LENGTHS}
        apart = {
            length: _wide(np.median(np.abs(_contrast(past, length)), axis=(1, 2)), past.shape[1]) for length in _HALVES
        }
        if other[0].shape[1] > 1:
            _, _, of_others, _, more = _of_kind(*other, floor)
            past, extra = np.concatenate([past, of_others], axis=1), np.concatenate([extra, more], axis=1)
        profile = profile + own.get(weekday, 0.0)
        return cls(floor, profile, levels[:, :, 0], spreads, apart, past, past + profile[:, None], extra)

    def only(self, rows: np.ndarray) -> _Usual:
        """Return that of some scopes."""
        spreads, apart = (
            {length: of_all[rows] for length, of_all in known.items()} for known in (self.spreads, self.apart)
        )
        arrays = (self.floor, self.profile, self.levels, self.past, self.stood, self.extra)
        floor, profile, levels, past, stood, extra = (array[rows] for array in arrays)
        return _Usual(floor, profile, levels, spreads, apart, past, stood, extra)

    def _of_day(self, today: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return logarithms of a day, its level, and how far its hours are off, as if those apart were as usual."""
        logs = np.log(np.maximum(today, self.floor[:, None]))
        offs = np.where(apart, np.nan, logs - self.profile)
        level = np.nanmedian(offs, axis=1, keepdims=True)
        together = self._together(np.where(apart, 0.0, offs - level), level)
        is_told = (~apart & ~together).sum(1, keepdims=True) >= _LEAST_HOURS
        level = np.nanmedian(np.where(together & is_told, np.nan, offs), axis=1, keepdims=True)
        logs = np.where(apart, self.profile + level, logs)
        return logs, level, logs - self.profile - level

    def _together(self, errors: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the hours of a day that are off together: the others tell its level.

        They are the fewer ones, unless the others are at no level that days ever had. Of two halves it is the one that
        is farther from the level of former days, and so where a day has two parts: a step that stays begins in a day.
        """
        most, found = np.full(len(errors), _SURE), np.zeros(errors.shape, dtype=bool)
        for length, spread in self.apart.items():
            far = np.abs(_contrast(errors, length)) / spread[:, None]
            first, hours = far.argmax(1)[:, None], np.arange(HOURS)
            is_more = far.max(1) > most
            found[is_more] = ((hours >= first) & (hours < first + length))[is_more]
            most = np.maximum(most, far.max(1))
        inside, outside = (
            level[:, 0] + np.nanmedian(np.where(hours, errors, np.nan), axis=1)
            for hours in (found | ~found.any(1, keepdims=True), ~found)
        )
        usual, (least, most) = np.median(self.levels[:, -_WEEK:], axis=1), self._range()
        is_open = found[:, 0] | found[:, -1] | (found.sum(1) == HOURS // 2) | (outside < least) | (outside > most)
        is_other = is_open & (np.abs(inside - usual) < np.abs(outside - usual))
        return np.where(is_other[:, None], ~found, found)

    def _range(self) -> tuple[np.ndarray, np.ndarray]:
        """Return between which levels a day is ordinary."""
        return self.levels.min(1) - _MARGIN, self.levels.max(1) + _MARGIN

    def expected(self, today: np.ndarray, apart: np.ndarray) -> np.ndarray:
        """Return what the hours of a day let expect."""
        return np.exp(self.profile + self._of_day(today, apart)[1])

    def interval(self, row: int, first: int, last: int) -> float:
        """Return by which factor hours in a row may be off."""
        length = max(length for length in _LENGTHS if length <= last - first + 1)
        return float(np.exp(_CERTAINTY * self.spreads[length][row, first]))

    def standing_out(self, today: np.ndarray, apart: np.ndarray) -> dict[int, np.ndarray]:
        """Return the hours that stand out most, upwards (1) and downwards (-1), beside those that are known apart."""
        logs, level, errors = self._of_day(today, apart)
        usual = np.exp(self.profile + level)
        more = np.where(apart, 0.0, today - usual)
        # where most hours of a day are gone, or too many, those that are as ever look as if they were off
        least, most = self._range()
        found = {}
        for sign, as_ever in {1: level[:, 0] < least, -1: level[:, 0] > most}.items():
            pairs = ((errors, self.past), (logs - level, self.stood), (more, self.extra))
            first, length = _best(self.spreads, *((sign * now, sign * former) for now, former in pairs))
            hours = np.arange(HOURS)
            mine = (hours >= first[:, None]) & (hours < (first + length)[:, None])
            is_worth = sign * (more * mine).sum(1) >= _SHARE * usual.sum(1)
            found[sign] = mine & (is_worth & ~as_ever)[:, None]
        return found


_Kind = tuple[np.ndarray, np.ndarray]  # cost by scope, day and hour, and the weekdays of the days


def _of_kind(
    cost: np.ndarray, weekdays: np.ndarray, floor: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[int, np.ndarray], np.ndarray]:
    """Learn from days of a kind.

    Returns the usual hours, the level of each day, how far off each hour was, what weekdays have of their own, and how
    much money each hour was off.
    """
    profile, levels, past = _profile(np.log(np.maximum(cost, floor[:, None, None])))
    off, among = {}, past.copy()
    for weekday in np.unique(weekdays):
        days = weekdays == weekday
        if days.sum() >= _OWN_DAYS:
            off[int(weekday)] = np.median(past[:, days], axis=1)
            among[:, days] -= off[int(weekday)][:, None]
    least = np.maximum(_OWN * _TO_NORMAL * np.median(np.abs(among), axis=1), _MARGIN)
    own = {weekday: np.where(np.abs(hours) > least, hours, 0.0) for weekday, hours in off.items()}
    usual = profile[:, None] + np.stack([own.get(int(weekday), np.zeros_like(profile)) for weekday in weekdays], axis=1)
    past = past + profile[:, None] - usual
    return profile, levels, past, own, cost - np.exp(usual + levels)


def _profile(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the usual hours of such days, the level of each day, and how far each hour was off."""
    profile = np.median(logs - np.median(logs, axis=2, keepdims=True), axis=1)
    for _ in range(2):
        profile = profile + np.median(_off(logs, profile[:, None])[1], axis=1)
    return profile, *_off(logs, profile[:, None])


def _off(logs: np.ndarray, profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of each day and how far its hours are off."""
    level = np.median(logs - profile, axis=-1, keepdims=True)
    return level, logs - profile - level


def _contrast(errors: np.ndarray, length: int) -> np.ndarray:
    """Return how far the mean of so many hours in a row is from that of all other hours of the day."""
    inside = _windows(errors, length).sum(-1)
    return inside / length - (errors.sum(-1, keepdims=True) - inside) / (HOURS - length)


def _wide(typical: np.ndarray, days: int) -> np.ndarray:
    """Return the spread of what is so far off in the middle; fewer days tell it less surely."""
    return np.maximum(_TO_NORMAL * typical * (1 + _FEW / days), _CALMEST)


def _spread(past: np.ndarray, length: int) -> np.ndarray:
    """Return how far so many hours in a row are off usually, by the first of them."""
    means = np.abs(_windows(past, length).mean(-1))
    overall = np.median(means, axis=(1, 2))[:, None]
    return _wide(np.maximum(overall, np.median(means, axis=1)), past.shape[1])


_Pair = tuple[np.ndarray, np.ndarray]  # of the day, and of all days before it


def _best(spreads: dict[int, np.ndarray], errors: _Pair, stands: _Pair, extra: _Pair) -> _Pair:
    """Find first hour and length of what is farthest beyond its threshold upwards; a length of 0 is nothing.

    It must be more than these hours are off usually and than such hours ever were, in logarithms and in money. A job
    that comes an hour earlier is no news: it must stand out of all hours near it, and be more than what those lack.
    """
    best = np.ones(len(errors[0]))
    first, found = np.zeros(len(best), dtype=int), np.zeros(len(best), dtype=int)
    around = np.pad(extra[0], ((0, 0), (NEAR, NEAR)))
    for length, spread in spreads.items():
        off, money = _windows(errors[0], length).mean(-1), _windows(extra[0], length).sum(-1)
        needed = np.maximum(_SURE * spread, _BEYOND * _near(errors[1], length))
        is_new = (_windows(errors[0], length).min(-1) > 0) & (money > _BEYOND * length * _near(extra[1], length))
        is_new &= _windows(stands[0], length).mean(-1) > _near(stands[1], length) + _MARGIN
        is_new &= _windows(around, length + 2 * NEAR).sum(-1) > _MOST * money
        ratio = np.where(is_new, off / needed, 0.0)
        place = ratio.argmax(1)
        most = ratio[np.arange(len(ratio)), place]
        first, found = np.where(most > best, place, first), np.where(most > best, length, found)
        best = np.maximum(best, most)
    return first, found


def _near(days: np.ndarray, length: int) -> np.ndarray:
    """Return the most that so many hours in a row were on any of these days, beginning about the same hour."""
    most = _windows(days, length).mean(-1).max(1)
    return _windows(np.pad(most, ((0, 0), (NEAR, NEAR)), constant_values=-np.inf), 2 * NEAR + 1).max(-1)


def _windows(values: np.ndarray, length: int) -> np.ndarray:
    """Return all that are so many in a row, within a day."""
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=-1)
