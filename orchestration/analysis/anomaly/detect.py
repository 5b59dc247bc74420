"""Through the days, one after another: what is said of a day is said from it and the days before.

Belongs here: the order of things. Within a day the deepest scopes come first; what is found in them is taken off the
scopes above, which are then judged by what is left.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from orchestration.analysis.anomaly import evidence, level, seasons
from orchestration.analysis.anomaly.events import Event, Kind, State
from orchestration.analysis.anomaly.hierarchy import link
from orchestration.analysis.anomaly.known import Known
from orchestration.analysis.anomaly.panel import Panel

LEARN = 28  # days of its own that a scope needs before it is judged
_PROFILE_DAYS = 182
_SPREAD_DAYS = 364
_SLOPE_DAYS = 126
_ABSENT = 0.05  # of what is expected: less is no data
_NEW_SHARE = 0.05  # of what a parent costs: less is too small to speak of
_NEW_DAYS, _SHIFT_DAYS, _LEAK_DAYS, _LONGEST_LEAK = 14, 10, 21, 75
_AGAIN, _AGAIN_AFTER_CHANGE, _AGAIN_AFTER_LEAK, _RETURN_DAYS = 10, 30, 45, 42
_PLAN_MARGIN = 1.35
_LEAST_SHARE, _LEAST_MONEY = 0.02, 1e-9  # of the expected, and at all: logarithms know no 0
_UNKNOWN_SPREAD = 0.25
_SCARCE = 0.3  # share of days with cost below which a scope cannot be judged by day


class Detection:
    """One way through a panel. Scopes are sorted by depth, deepest first, so that a depth is a slice."""

    def __init__(self, panel: Panel) -> None:
        """Everything is per scope, or per scope and day; nothing is known yet."""
        depth = panel.depth()
        self.order = np.argsort(-depth, kind="stable")
        place = np.empty_like(self.order)
        place[self.order] = np.arange(len(place))
        parents = panel.parents[:, self.order]
        self.parents = np.where(parents >= 0, place[parents], -1)
        self.has_parts = np.isin(np.arange(len(self.order)), self.parents)
        ordered = depth[self.order]
        edges = [0, *(np.flatnonzero(np.diff(ordered)) + 1), len(ordered)]
        self.depths = [slice(a, b) for a, b in pairwise(edges) if a < b]
        self.cost = panel.cost[self.order].astype(float)
        n, d = self.cost.shape
        full = np.ones((n, d), dtype=bool)
        self.judged = full if panel.judged is None else panel.judged[self.order]
        self.planned = np.zeros((n, d)) if panel.planned is None else panel.planned[self.order]
        self.days = panel.days
        self.weekday = seasons.weekdays(self.days)
        self.holiday = np.tile(np.isin(self.days, panel.holidays), (n, 1))
        if panel.resting is not None:
            self.holiday |= panel.resting[self.order]
        self.places = seasons.places_in_month(self.days)
        self.earlier = seasons.earlier_days(self.places)
        self.known = Known(self.parents, d)
        self.work = self.cost.copy()  # cost without what is explained
        self.load = np.ones((n, d))  # how often the usage, by the day of the month
        self.doubt = np.ones((n, d))  # how much wider than usual the expected is
        self.plans = np.zeros((n, d))  # what of the cost was announced
        self.logs = np.zeros((n, d))  # of usage, without seasons of the month
        self.clean = self.judged & (self.cost > 0)  # what may be learned from
        self.clean &= ~self.holiday
        self.told = np.zeros((n, d), dtype=bool)  # belongs to an event
        self.usage = np.full((n, d), np.nan)  # expected, before the day of the month
        self.errors = np.full((n, d), np.nan)
        self.week = np.zeros((n, 7))
        self.slope, self.level = np.zeros(n), np.full(n, np.nan)
        self.spread, self.freedom, self.worth = np.full(n, 0.5), np.zeros(n), np.ones(n)
        self.start = np.zeros(n, dtype=int)  # from where on the level counts
        self.born = np.where((self.cost > 0).any(1), (self.cost > 0).argmax(1), d)
        self.restarts: dict[int, list[int]] = {}
        for scope, day in panel.restarts:
            self.restarts.setdefault(day, []).append(int(place[scope]))
        self.events: list[Event] = []
        self.open = np.full(n, -1)  # place of the event that goes on
        self.latest = np.full(n, -1)  # place of the newest event
        self.reference = np.zeros(n)  # level before the event that goes on
        self.stood = np.full((n, d), np.nan)  # level that each day was judged by
        self.base = np.full((n, d), np.nan)  # what the scope's own cost was expected to be on each day
        self.normal = np.zeros(n, dtype=int)  # days in a row that look like before
        self.effect = np.zeros(n)
        self.former = np.full(n, np.nan)  # level before the last change that stayed
        self.former_until = np.full(n, -1)
        self.grows = np.zeros(n, dtype=bool)

    def run(self) -> list[Event]:
        """Go through all days; events refer to scopes by their place in the panel."""
        for day in range(self.cost.shape[1]):
            if day >= LEARN and (day - LEARN) % 7 == 0:
                self._learn(day)
            for scope in self.restarts.get(day, []):
                self._restart(scope, day)
            for rows in self.depths:
                self._day(day, rows)
        for event in self.events:
            self._measure(event)
        events = link(self.events, self.parents, np.exp(np.nan_to_num(self.level, nan=-50.0)))
        for event in events:
            event.scope = int(self.order[event.scope])
        return events

    # Learning, once a week.

    def _learn(self, day: int) -> None:
        span = self._profile_span(day)
        first = span.start
        self._take_logs(slice(0, len(self.cost)), span)
        valid = self.clean[:, span]
        self.week, inside, freedom, weeks = seasons.week_profile(self.logs[:, span], valid, self.weekday[span])
        plain = self.logs[:, span] - self.week[:, self.weekday[span]]
        recent = np.arange(first, day) >= self.start[:, None]
        wide = slice(max(0, day - first - _SLOPE_DAYS), None)
        self.slope = level.slope(plain[:, wide], (valid & recent)[:, wide], inside)
        spread, count = level.scale(self.errors[:, max(0, day - _SPREAD_DAYS) : day])
        few = count < 56
        self.spread = np.where(
            few, np.maximum(inside * np.sqrt(1.1 + 1.3 / weeks), np.where(count > 20, spread, 0.0)), spread
        )
        self.spread = np.maximum(self.spread, level.CALMEST)
        self._spread_from_below(day)
        self.freedom = np.where(few, np.maximum(freedom, count), count + freedom / 4)
        young = np.arange(first, day) < self.born[:, None] + LEARN  # then the week was not known
        blank = (~np.isfinite(self.usage[:, span]) | young) & (valid.sum(1) >= LEARN // 2)[:, None]
        middle = level.middle(plain, valid)
        self.level = np.where(np.isfinite(self.level), self.level, middle)
        past = np.exp(middle[:, None] + self.week[:, self.weekday[span]])
        self.usage[:, span] = np.where(blank, past, self.usage[:, span])

    @staticmethod
    def _profile_span(day: int) -> slice:
        """Whole weeks before a day that tell the profile of the week."""
        return slice(max(day % 7, day - _PROFILE_DAYS), day)

    def _restart(self, scope: int, day: int) -> None:
        """Take what was announced without an end for the ordinary from now on: the level is that of the last weeks."""
        span = slice(max(0, day - LEARN), day)
        if self.open[scope] >= 0 or day < 2 * LEARN:
            return
        self.work[scope, span] += self.plans[scope, span]
        usage = self.usage[scope, span]  # what was expected moves with what is: else the days before look far off
        self.usage[scope, span] = np.maximum(usage + self.plans[scope, span] / self.load[scope, span], _LEAST_MONEY)
        self.plans[scope, span] = 0.0
        self.clean[scope, span] = self.judged[scope, span] & (self.cost[scope, span] > 0) & ~self.holiday[scope, span]
        self._take_logs(np.array([scope]), span)
        self.start[scope], self.level[scope] = span.start, np.nan

    def _spread_from_below(self, day: int) -> None:
        """Make a scope at least as restless as those below it make it: who came lately counts."""
        weight = np.where(self.born <= day, np.exp(np.nan_to_num(self.level, nan=-50.0)), 0.0)
        for rows in self.depths:
            own = np.arange(rows.start, rows.stop)
            young = day - self.born[own] < LEARN
            variance = (weight[own] * np.where(young, _UNKNOWN_SPREAD, self.spread[own])) ** 2
            for parent in self.parents:
                has = parent[own] >= 0
                total = np.bincount(parent[own][has], variance[has], minlength=len(self.spread))
                with np.errstate(invalid="ignore", divide="ignore"):
                    implied = np.where(weight > 0, np.sqrt(total) / weight, 0.0)
                self.spread = np.maximum(self.spread, np.minimum(implied, 1.0))

    def _take_logs(self, rows: slice | np.ndarray, span: slice | int) -> None:
        self.logs[rows, span] = np.log(np.maximum(self.work[rows, span], _LEAST_MONEY) / self.load[rows, span])

    # One day of one depth.

    def _day(self, day: int, rows: slice) -> None:
        self.work[rows, day] = self.cost[rows, day] - self.known.at(rows, day)
        if day < LEARN:
            self._take_logs(rows, slice(day, day + 1))
            return
        self._expect(day, rows)
        self._take_plans(day, rows)
        self._take_logs(rows, slice(day, day + 1))
        place = np.arange(rows.start, rows.stop)
        age = day - self.born[rows]
        mature = (age >= LEARN) & np.isfinite(self.level[rows]) & True
        errors = self._errors(day, rows)
        going = self.open[rows] >= 0
        for scope in place[going]:
            self._go_on(int(scope), day)
        fresh = (age >= 0) & (age < LEARN) & (self.born[rows] >= LEARN) & ~going & (self.cost[rows, day] > 0)
        for scope in place[fresh & self.judged[rows, day]]:
            self._newcomer(int(scope), day)
        quiet = mature & ~going & self.judged[rows, day]
        scarce = (self.cost[rows, max(0, day - 56) : day] > 0).mean(1) < _SCARCE
        quiet &= ~scarce
        absent = quiet & (self.work[rows, day] < _ABSENT * self._expected(rows, day)) & self._always_there(day, rows)
        found, length, effect = evidence.windows(
            errors, self.spread[rows], self.worth[rows], self.freedom[rows], self.has_parts[rows]
        )
        hit = quiet & found & ~absent & (self.work[rows, day] > 0)
        for scope, days, off in zip(place[hit], length[hit], effect[hit], strict=True):
            self._begin(int(scope), day, int(days), float(off))
        for scope in place[absent]:
            self._begin_absent(int(scope), day)
        if day > evidence.LEAK_MEMORY:
            self._leaks(day, rows, quiet & ~hit & ~absent)
        self.clean[rows, day] &= self.work[rows, day] > _LEAST_SHARE * self.cost[rows, day]
        calm = (self.open[rows] < 0) & self.clean[rows, day] & mature
        own = errors[:, -1] / np.sqrt(1 + 1 / np.maximum(self.worth[rows], 1.0))
        self.errors[rows, day] = np.where(calm, own, np.nan)

    def _expect(self, day: int, rows: slice) -> None:
        """Level, expected usage and the load of the day, from the days before."""
        span = slice(max(0, day - level.MEMORY), day)
        plain = self.logs[rows, span] - self.week[rows][:, self.weekday[span]]
        valid = self.clean[rows, span] & (np.arange(span.start, day) >= self.start[rows, None])
        blank = ~np.isfinite(self.level[rows])
        if blank.any():
            self.level[rows] = np.where(blank, level.middle(plain, valid), self.level[rows])
        stands, age, worth = level.level(plain, valid, self.level[rows], self.spread[rows])
        enough = worth >= 4
        self.level[rows] = np.where(enough, stands + self.slope[rows] * age, self.level[rows])
        self.worth[rows] = np.where(enough, worth, 4.0)
        self.usage[rows, day] = np.exp(self.level[rows] + self.week[rows, self.weekday[day]])
        self._expect_month(day, rows)
        self.stood[rows, day], self.base[rows, day] = self.level[rows], self._expected(rows, day)

    def _expect_month(self, day: int, rows: slice) -> None:
        """Find what this day of the month costs beside the usage, as it did before, whoever explained it then."""
        past = self.earlier[day]
        if not len(past):
            return
        usual = self.usage[rows][:, past]
        there = self.judged[rows][:, past] & (self.cost[rows][:, past] > 0)
        valid = there & np.isfinite(usual) & ~self.holiday[rows][:, past]
        extra = np.where(valid, self.cost[rows][:, past] - self.plans[rows][:, past] - usual, 0.0)
        load, doubt = seasons.monthly_load(extra, usual, self.usage[rows, day], valid, self.spread[rows])
        if self.places[day] in seasons.LIKELY:
            likely, doubtful = seasons.likely_load(extra, usual, valid, self.spread[rows])
            load, doubt = np.where(load == 1, likely, load), np.where(load == 1, doubtful, doubt)
        self.load[rows, day], self.doubt[rows, day] = load, doubt

    def _expected(self, rows: slice, day: int) -> np.ndarray:
        return self.usage[rows, day] * self.load[rows, day]

    def _take_plans(self, day: int, rows: slice) -> None:
        """Take off what was announced: exactly where that is small, else as much of it as is there."""
        plan = self.planned[rows, day]
        if not plan.any():
            return
        expected = self._expected(rows, day)
        small = np.abs(plan) * 0.5 < self.spread[rows] * expected
        room = np.sort([np.zeros_like(plan), plan * _PLAN_MARGIN], axis=0)
        there = np.where(small, plan, np.clip(self.work[rows, day] - expected, room[0], room[1]))
        self.plans[rows, day] = np.nan_to_num(there)
        self.work[rows, day] -= self.plans[rows, day]
        self.clean[rows, day] &= small | (plan == 0)

    def _errors(self, day: int, rows: slice) -> np.ndarray:
        """How far the newest days are off, in logarithms, as it looks today; NaN where they are not judged."""
        span = slice(max(0, day + 1 - evidence.LONGEST), day + 1)
        expected, work = self.usage[rows, span] * self.load[rows, span], self.work[rows, span]
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = np.log(np.maximum(work, _LEAST_SHARE * expected) / expected)
            errors /= self.doubt[rows, span]
        errors = np.where((self.holiday[rows, span] & (errors < 0)) | self.told[rows, span], np.nan, errors)
        errors = np.where(
            self.judged[rows, span] & (np.arange(span.start, day + 1) >= self.start[rows, None]), errors, np.nan
        )
        short = evidence.LONGEST - errors.shape[1]
        return np.pad(errors, ((0, 0), (short, 0)), constant_values=np.nan) if short else errors

    def _always_there(self, day: int, rows: slice) -> np.ndarray:
        """Whether a scope has cost on this day of the week at other times."""
        past = np.arange(day - 7, max(-1, day - 29), -7)
        return (self.cost[rows][:, past] > 0).all(1) & (self.cost[rows, max(0, day - 28) : day] > 0).mean(1).__gt__(0.6)

    # Events: beginning, going on, ending.

    def _begin(self, scope: int, day: int, length: int, off: float) -> None:
        onset, up = day - length + 1, off > 0
        if scope_returns(self, scope, day, onset, off):
            return
        kind = Kind.SPIKE if up else Kind.DROP
        before = self.latest[scope]
        self.reference[scope] = self.level[scope]
        self.effect[scope], self.grows[scope] = off, False
        if before >= 0 and (old := self.events[before]).up == up and self._near(old, onset):
            old.state, old.last = State.OPEN, day
            self._attach(scope, before, onset, day)
            return
        self._attach(scope, self._new_event(scope, kind, onset, day, up), onset, day)

    def _near(self, old: Event, onset: int) -> bool:
        if old.kind is Kind.SLOW_LEAK:
            return onset - old.last <= _AGAIN_AFTER_LEAK
        return onset - old.last <= (_AGAIN_AFTER_CHANGE if old.state is State.NEW_LEVEL else _AGAIN)

    def _begin_absent(self, scope: int, day: int) -> None:
        self.reference[scope], self.effect[scope], self.grows[scope] = self.level[scope], -4.0, False
        self._attach(scope, self._new_event(scope, Kind.MISSING, day, day, up=False), day, day)

    def _newcomer(self, scope: int, day: int) -> None:
        """Begin an event for a scope that costs something for the first time, if that is much beside a parent."""
        above = self.parents[:, scope]
        above = above[above >= 0][:1]  # those who pay come first
        usual = np.exp(self.level[above])
        if not len(above) or not self.cost[scope, day] > _NEW_SHARE * usual[0] or self.latest[scope] >= 0:
            return
        self.reference[scope], self.effect[scope], self.grows[scope] = -np.inf, np.inf, False
        self._attach(scope, self._new_event(scope, Kind.NEW, day, day, up=True), day, day)

    def _leaks(self, day: int, rows: slice, asked: np.ndarray) -> None:
        span = slice(day + 1 - evidence.LEAK_MEMORY, day + 1)
        place = np.arange(rows.start, rows.stop)
        asked = asked & (self.start[rows] <= span.start)
        if not asked.any():
            return
        plain = self.logs[rows, span] - self.week[rows][:, self.weekday[span]]
        found, before = evidence.leak(
            plain, self.clean[rows, span], self.spread[rows], self.freedom[rows], self.has_parts[rows]
        )
        for at in np.flatnonzero(found & asked):
            scope = int(place[at])
            old = self.events[self.latest[scope]] if self.latest[scope] >= 0 else None
            if old is not None and old.up and day - old.last <= evidence.LEAK_MEMORY:
                continue
            rise = plain[at] - before[at]
            low = rise < 1.0 * self.spread[scope] / np.sqrt(7)
            smooth = np.convolve(rise, np.ones(7) / 7, mode="valid")
            below = np.flatnonzero(smooth < self.spread[scope] / np.sqrt(7))
            onset = span.start + (int(below[-1]) + 4 if len(below) else 0)
            onset = min(onset, day - 6) if low.any() else span.start
            self.reference[scope], self.effect[scope], self.grows[scope] = before[at], float(rise[-7:].mean()), True
            self._attach(scope, self._new_event(scope, Kind.SLOW_LEAK, onset, day, up=True), onset, day)

    def _new_event(self, scope: int, kind: Kind, onset: int, day: int, up: bool) -> int:
        self.events.append(Event(scope, kind, onset, day, up, day))
        self.events[-1].before = float(self.reference[scope])
        self.events[-1].spread = float(self.spread[scope] * np.sqrt(1 + 1 / max(self.worth[scope], 1.0)))
        return len(self.events) - 1

    def _attach(self, scope: int, place: int, onset: int, day: int) -> None:
        """From now on this event goes on in the scope; its days from the onset are known to the scopes above."""
        self.open[scope] = self.latest[scope] = place
        self.normal[scope] = 0
        span = slice(max(onset, self.start[scope]), day + 1)
        self.clean[scope, span], self.told[scope, span] = False, True
        self.errors[scope, span] = np.nan
        self._tell_above(scope, span)

    def _expected_then(self, scope: int, span: slice) -> np.ndarray:
        usage = np.exp(self.reference[scope] + self.week[scope, self.weekday[span]])
        return usage * self.load[scope, span]

    def _tell_above(self, scope: int, span: slice) -> None:
        self.stood[scope, span], self.base[scope, span] = self.reference[scope], self._expected_then(scope, span)
        off = self.work[scope, span] - self.base[scope, span]
        self._refresh(self.known.set(scope, span, off), span)

    def _refresh(self, above: np.ndarray, span: slice) -> None:
        """Scopes above look different once something below them is known."""
        days = np.arange(span.start, span.stop)
        for parent in above:
            self.work[parent, span] = self.cost[parent, span] - self.plans[parent, span] - self.known.rows(parent, days)
            self._take_logs(np.array([parent]), span)
            # What is almost all explained says nothing about the rest.
            self.clean[parent, span] &= self.work[parent, span] > _LEAST_SHARE * self.cost[parent, span]

    def _go_on(self, scope: int, day: int) -> None:
        event = self.events[self.open[scope]]
        span = slice(day, day + 1)
        expected = float(self._expected_then(scope, span)[0])
        cost = float(self.work[scope, day])
        if not self.judged[scope, day]:
            return
        self.clean[scope, day], self.told[scope, day] = False, True
        self.errors[scope, day] = np.nan
        self._tell_above(scope, span)
        if event.kind is Kind.NEW:
            event.last = day if cost > 0 else event.last
            if day - event.onset >= _NEW_DAYS:
                self._stay(scope, event, day)
            return
        off = np.log(max(cost, _LEAST_SHARE * expected) / max(expected, _LEAST_MONEY))
        if (off > 0) == event.up and abs(off) > abs(self.effect[scope]) / 2:
            days = min(day - event.onset, 6)
            self.effect[scope] += (off - self.effect[scope]) / (days + 1)
            event.last, self.normal[scope] = day, 0
        elif not self.holiday[scope, day]:
            self.normal[scope] += 1
        clear = abs(self.effect[scope]) > 5 * self.spread[scope] and abs(off) < abs(self.effect[scope]) / 4
        if self.normal[scope] >= (1 if clear else 3 if self.grows[scope] else 2):
            self._end(scope, event, day)
        elif day - event.onset >= _SHIFT_DAYS and day - event.flagged >= (_LEAK_DAYS if self.grows[scope] else 0):
            self._stays_or_grows(scope, event, day)

    def _stays_or_grows(self, scope: int, event: Event, day: int) -> None:
        half = 7 if self.grows[scope] else 5
        plain = (
            self.logs[scope, day + 1 - 2 * half : day + 1]
            - self.week[scope, self.weekday[day + 1 - 2 * half : day + 1]]
        )
        more = plain[half:].mean() - plain[:half].mean()
        more = more if event.up else -more
        still = more > 2.0 * self.spread[scope] * np.sqrt(2 / half)
        if still and day - event.onset < _LONGEST_LEAK:
            if event.kind is not Kind.MISSING:
                self.grows[scope] = True
                event.kind = Kind.SLOW_LEAK if event.up and day - event.onset > 2 * _SHIFT_DAYS else event.kind
            return
        self._stay(scope, event, day)

    def _stay(self, scope: int, event: Event, day: int) -> None:
        """Take the event for the ordinary: the level starts anew, and the past of the scopes above is moved to it."""
        if event.kind in (Kind.SPIKE, Kind.DROP):
            event.kind = Kind.LEVEL_SHIFT
        event.state = State.NEW_LEVEL
        since = event.onset if not (self.grows[scope] or event.kind is Kind.SLOW_LEAK) else max(event.onset, day - 13)
        span = slice(max(event.onset, self.start[scope]), day + 1)
        tail = slice(max(event.onset, day - 13), day + 1)
        off = self.work[scope, tail] - self._expected_then(scope, tail)
        above = self.known.settle(scope, span, self._as_ever(scope, tail, off, span.start))
        former = self.work[above, tail]
        self._refresh(above, slice(0, day + 1))
        self._move(above, tail, self.work[above, tail] - former)
        self.former[scope], self.former_until[scope] = self.reference[scope], day + _RETURN_DAYS
        self.open[scope], self.start[scope] = -1, since
        fresh = slice(since, day + 1)
        self.clean[scope, fresh] = (
            self.judged[scope, fresh] & (self.cost[scope, fresh] > 0) & ~self.holiday[scope, fresh]
        )
        if event.kind is Kind.NEW or event.kind is Kind.MISSING:
            self.level[scope] = np.nan
            if event.kind is Kind.MISSING:
                self.born[scope] = self._next_cost(scope, day)
            return
        plain = self.logs[scope, fresh] - self.week[scope, self.weekday[fresh]]
        use = self.clean[scope, fresh]
        self.level[scope] = np.median(plain[use]) if use.any() else np.nan
        self.slope[scope] = 0.0

    def _move(self, above: np.ndarray, tail: slice, more: np.ndarray) -> None:
        """Let the scopes above expect what has become ordinary below them: else they would find it once more."""
        if not len(above):
            return
        usual = self.usage[above, tail]
        moved = np.maximum(usual + more, _LEAST_SHARE * usual)
        self.usage[above, tail] = moved
        with np.errstate(invalid="ignore", divide="ignore"):
            self.level[above] += np.log(moved.mean(1) / usual.mean(1))
        span = self._profile_span(tail.stop)
        self.week[above], *_ = seasons.week_profile(self.logs[above, span], self.clean[above, span], self.weekday[span])

    def _as_ever(self, scope: int, tail: slice, off: np.ndarray, end: int) -> np.ndarray:
        """Return by how much each day before `end` would have been off, had what is off now always been so.

        It follows the week of the scope; of one that was not there before, the week that it has shown.
        """
        if np.isfinite(self.reference[scope]):
            shape = np.exp(self.week[scope, self.weekday])
            return off.mean() * shape[:end] / shape[tail].mean()
        by_weekday = np.full(seasons.WEEK, off.mean())
        for weekday in np.unique(self.weekday[tail]):
            by_weekday[weekday] = off[self.weekday[tail] == weekday].mean()
        return by_weekday[self.weekday[:end]]

    def _next_cost(self, scope: int, day: int) -> int:
        """Find the next cost of a scope that died: with it, it is born again."""
        later = np.flatnonzero(self.cost[scope, day + 1 :] > 0)
        return day + 1 + int(later[0]) if len(later) else self.cost.shape[1]

    def _end(self, scope: int, event: Event, day: int) -> None:
        """End what went on: the days after it are ordinary again."""
        event.state = State.ENDED
        self.open[scope] = -1
        after = slice(event.last + 1, day + 1)
        self.told[scope, after] = False
        self.clean[scope, after] = (
            self.judged[scope, after] & (self.cost[scope, after] > 0) & ~self.holiday[scope, after]
        )
        self._refresh(self.known.set(scope, after, np.zeros(after.stop - after.start)), after)

    def _measure(self, event: Event) -> None:
        """Write down expected and actual cost of each day of the event: expected is the level before it began.

        One that was taken for over, and went on, was judged by the level that it had reached meanwhile. The interval is
        that of the scope's own cost, as it was when the event was flagged: what is explained below is no surprise here.
        """
        scope, span = event.scope, slice(event.onset, event.last + 1)
        reached, stood = np.nan_to_num(self.base[scope, span]), self.stood[scope, span]
        rise = np.nan_to_num(stood - event.before) if np.isfinite(event.before) else 0.0
        usual = reached / np.exp(rise)
        told = self.told[scope, span]
        own = np.where(told, self.known.own(scope, span) + reached, self.work[scope, span]) - usual
        if event.kind in (Kind.SPIKE, Kind.DROP):  # between two of them is what is ordinary
            own, usual = np.where(told, own, 0.0), np.where(told, usual, 0.0)
        event.actual = self.cost[scope, span].copy()
        event.expected = np.maximum(event.actual - own, 0.0)
        event.bound(usual, self.doubt[scope, span])


def scope_returns(run: Detection, scope: int, day: int, onset: int, off: float) -> bool:
    """Whether this is only the end of a change that was told before: the scope goes back to where it was."""
    old = run.events[run.latest[scope]] if run.latest[scope] >= 0 else None
    if old is None or old.state is not State.NEW_LEVEL or day > run.former_until[scope] or (off > 0) == old.up:
        return False
    change = run.level[scope] - run.former[scope]
    if not np.isfinite(change) or abs(run.level[scope] + off - run.former[scope]) > abs(change) / 2:
        return False
    old.state, old.last = State.ENDED, onset - 1
    run.start[scope], run.level[scope] = day + 1, run.former[scope]
    return True


def detect(panel: Panel) -> list[Event]:
    """Find the events of a panel; they come in the order in which they were flagged."""
    return Detection(panel).run() if panel.cost.size else []
