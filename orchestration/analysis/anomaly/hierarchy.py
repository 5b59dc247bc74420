"""One thing is told once: on the deepest scope that explains it, or on the one that holds all of it.

Belongs here: links between events of scopes above and below each other. Since scopes above are judged by what is left
of their cost, an event there is a thing of its own, or older than what was then found below, or shared by many below.
"""

from __future__ import annotations

import numpy as np

from orchestration.analysis.anomaly.events import Event, State

_CLOSE = 3  # days between onsets of one thing
_MOST = 0.6  # of a scope's deviation that one scope below explains
_SEVERAL, _ENOUGH = 3, 0.15  # scopes below, and their share of its cost, that make it a thing of the scope above


def link(events: list[Event], parents: np.ndarray, usual: np.ndarray) -> list[Event]:
    """Fill `told_by`; may add an event for a scope that holds several that go on together."""
    events = list(events)
    _upwards(events, parents, usual)
    _remainders(events, parents)
    return events


def _upwards(events: list[Event], parents: np.ndarray, usual: np.ndarray) -> None:
    """Several scopes below one at once: it is told there."""
    for tree in range(parents.shape[0]):
        below: dict[int, list[int]] = {}
        for place, event in enumerate(events):
            if parents[tree, event.scope] >= 0 and event.told_by is None:
                below.setdefault(int(parents[tree, event.scope]), []).append(place)
        for parent, places in sorted(below.items()):
            for group in _together(events, places):
                share = sum(usual[events[place].scope] for place in group) / max(usual[parent], 1e-12)
                if len({events[place].scope for place in group}) >= _SEVERAL and share >= _ENOUGH:
                    _tell_above(events, group, parent)


def _together(events: list[Event], places: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for place in sorted(places, key=lambda p: (events[p].onset, events[p].flagged)):
        event = events[place]
        for group in groups:
            first = events[group[0]]
            if first.up == event.up and event.onset - first.onset <= _CLOSE:
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _tell_above(events: list[Event], group: list[int], parent: int) -> None:
    first = min(events[place].onset for place in group)
    up = events[group[0]].up
    own = [
        place
        for place, event in enumerate(events)
        if event.scope == parent and event.up == up and abs(event.onset - first) <= _CLOSE and event.told_by is None
    ]
    if own:
        head = own[0]
    else:
        head = len(events)
        flagged = sorted(events[place].flagged for place in group)[_SEVERAL - 1]
        last = max(events[place].last for place in group)
        kinds = [events[place].kind for place in group]
        event = Event(parent, max(set(kinds), key=kinds.count), first, flagged, up, last)
        event.state = State.OPEN if any(events[p].state is State.OPEN for p in group) else events[group[0]].state
        days = last + 1 - first
        for name in ("actual", "expected", "low", "high"):
            total = np.zeros(days)
            for place in group:
                values = getattr(events[place], name)
                total[events[place].onset - first :][: len(values)] += values
            setattr(event, name, total)
        event.least, event.most = (sum(getattr(events[p], name) for p in group) for name in ("least", "most"))
        events.append(event)
    for place in group:
        events[place].told_by = head


def _remainders(events: list[Event], parents: np.ndarray) -> None:
    """Let an event above be told by one below it of the same time and direction."""
    by_scope: dict[int, list[int]] = {}
    for place, event in enumerate(events):
        by_scope.setdefault(event.scope, []).append(place)
    for place, event in enumerate(events):
        if event.told_by is not None:
            continue
        above = {int(scope) for tree in range(parents.shape[0]) for scope in _way(parents[tree], event.scope)}
        for scope in sorted(above):
            for other in by_scope.get(scope, []):
                upper = events[other]
                near = abs(upper.onset - event.onset) <= 2 * _CLOSE or event.onset <= upper.onset <= event.last + 1
                if upper.told_by is None and upper.up == event.up and near and not _leads_to(events, place, other):
                    upper.told_by = place
    for event in events:  # a chain ends at what is told
        while event.told_by is not None and events[event.told_by].told_by is not None:
            event.told_by = events[event.told_by].told_by


def _leads_to(events: list[Event], place: int, target: int) -> bool:
    while place is not None:
        if place == target:
            return True
        place = events[place].told_by
    return False


def _way(parent: np.ndarray, scope: int) -> list[int]:
    way, place = [], parent[scope]
    while place >= 0:
        way.append(int(place))
        place = parent[place]
    return way
