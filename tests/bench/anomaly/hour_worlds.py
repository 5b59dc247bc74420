"""Made-up hourly costs with labelled events: what the search of hours is measured on.

Belongs here: companies as hard as `difficulty_hours.yml` says, which was written before the first measurement. Hours
vary by themselves and in a row, days vary as a whole, nights and weekends are calm, some scopes have a job that comes
each night, at about the same hour, or a lump once a month. An event is one to twelve hours of a day, all up or all
down; some days have two; a step begins in a day and stays, and is judged on its first one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

DIFFICULTY_FILE = Path(__file__).with_name("difficulty_hours.yml")
_APART = 2  # hours between two events of a day
DIFFICULTY = yaml.safe_load(DIFFICULTY_FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Event:
    """Hours of a day in a scope that are off; the size is a share of what the scope costs a day."""

    scope: int
    day: int
    first: int
    last: int
    up: bool
    size: float


@dataclass(frozen=True)
class World:
    """Cost by scope, day and hour, and what was done to it."""

    cost: np.ndarray
    weekday: np.ndarray
    events: list[Event]


def make(seed: int, judged_days: int) -> World:
    """Make a company; events lie in its newest days, which are judged."""
    draw, told = np.random.default_rng([seed, 24]), DIFFICULTY
    scopes, days = told["scopes"], told["history_days"] + judged_days
    weekday = (np.arange(days) + int(draw.integers(7))) % 7
    cost = np.stack([_scope(draw, weekday) for _ in range(scopes)])
    likely = told["events_per_scope_and_day"]
    places = [(scope, day) for scope in range(scopes) for day in range(days - judged_days, days)]
    events: list[Event] = []
    stepped: set[int] = set()  # nothing is put on what moved
    for place in places:
        if draw.random() < likely and place[0] not in stepped:
            if draw.random() < told["stay"]:
                events.append(_step(draw, cost, *place))
                stepped.add(place[0])
                continue
            first = _event(draw, cost, *place, range(24))
            second = _longer(range(first.first - _APART), range(first.last + 1 + _APART, 24))
            events.append(first)
            if draw.random() < told["two"] and second:
                events.append(_event(draw, cost, *place, second))
    return World(cost, weekday, events)


def _scope(draw: np.random.Generator, weekday: np.ndarray) -> np.ndarray:
    days = len(weekday)
    low, high = DIFFICULTY["noise"]
    of_hours, of_days = draw.uniform(low, high, 2)
    swing, peak, rest = draw.uniform(0, 0.6), draw.integers(24), draw.uniform(0.4, 1.0)
    base = swing * np.cos(2 * np.pi * (np.arange(24) - peak) / 24)
    clock = int(draw.choice(DIFFICULTY["clocks"]))
    of_hour = ((weekday[0] + (np.arange(days * 24) + clock) // 24) % 7).reshape(days, 24)
    calm = np.where(of_hour >= 5, rest, 1.0)
    logs = base * calm + np.log(calm)
    memory, noise = draw.uniform(*DIFFICULTY["memory"]), np.zeros(days * 24)
    steps = draw.normal(0, of_hours * np.sqrt(1 - memory**2), days * 24)
    for place in range(1, days * 24):
        noise[place] = memory * noise[place - 1] + steps[place]
    logs = logs + noise.reshape(days, 24) + draw.normal(0, of_days, days)[:, None]
    cost = np.exp(logs) * 10 ** draw.uniform(-1, 2)
    if draw.random() < DIFFICULTY["jobs"]:
        hour, size = int(draw.integers(1, 22)), draw.uniform(1, 6)
        for day in range(days):
            at = hour + int(draw.integers(-1, 2) if draw.random() < 0.2 else 0)
            cost[day, at] += cost[day].mean() * size * np.exp(draw.normal(0, 0.3))
    if draw.random() < DIFFICULTY["lumps"]:
        cost[int(draw.integers(30)) :: 30, 0] += cost.mean() * 24 * draw.uniform(0.1, 0.5)
    return cost


def _step(draw: np.random.Generator, cost: np.ndarray, scope: int, day: int) -> Event:
    """Move a scope from an hour on, for good; the size is what that is of the first day."""
    first, up = int(draw.integers(4, 21)), bool(draw.random() < DIFFICULTY["up"])
    factor = draw.uniform(1.5, 3.0) if up else draw.uniform(0.2, 0.6)
    whole, part = cost[scope, day].sum(), cost[scope, day, first:].sum()
    cost[scope, day, first:] *= factor
    cost[scope, day + 1 :] *= factor
    return Event(scope, day, first, 23, up, float(abs(factor - 1) * part / whole))


def _longer(one: range, other: range) -> range:
    return max(one, other, key=len)


def _event(draw: np.random.Generator, cost: np.ndarray, scope: int, day: int, free: range) -> Event:
    """Put an event into free hours of a day: money that comes, about as much in each of its hours, or that is gone."""
    low, high = DIFFICULTY["size"]
    length = min(int(draw.choice(DIFFICULTY["lengths"])), len(free))
    size, up = draw.uniform(low, high), bool(draw.random() < DIFFICULTY["up"])
    first = int(free[int(draw.integers(0, len(free) - length + 1))])
    hours = slice(first, first + length)
    whole = cost[scope, day].sum()
    if up:
        shares = draw.uniform(0.5, 1.5, length)
        cost[scope, day, hours] += whole * size * shares / shares.sum()
    else:
        there = cost[scope, day, hours].sum()
        size = min(size, 0.98 * there / whole)
        cost[scope, day, hours] *= 1 - size * whole / there
    return Event(scope, day, first, first + length - 1, up, float(size))
