"""Years of daily cost of a made-up company's scopes, without any bill: what forecasts are measured on.

Belongs here: how cost behaves day by day (trend and its turns, the year, the week, fees at the start of a month, steps
that were planned and steps that were not, commitments, volume, noise) and the scopes that add up. Does not belong here:
billing lines (`usage`, `fees`), and any forecast. Numbers come from one seed; a company of 40 scopes and three years
takes a tenth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

Scope = tuple[str, str]
COMPANY: Scope = ("company", "all")

UNITS, TEAMS, PROVIDERS, SERVICES = 3, 10, 3, 14
_SERVICES_PER_TEAM = 4
_MONTH, _YEAR = 30.44, 365.25


@dataclass(frozen=True)
class Change:
    """A change that was announced: what it was expected to do to the cost of a day, and how likely it was."""

    scope: Scope
    start: date
    daily_cost: float
    probability: float
    kind: str = "growth"


@dataclass
class DailyCompany:
    """Daily cost by scope, and what the company knows besides: parents, announced changes, a volume by team."""

    start: date
    costs: dict[Scope, np.ndarray]
    parents: dict[Scope, Scope]
    changes: list[Change] = field(default_factory=list)
    volumes: dict[Scope, np.ndarray] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        """Every day there is, in order."""
        return [self.start + timedelta(days=number) for number in range(len(self.costs[COMPANY]))]


def company(seed: int, months: int = 31, start: date = date(2023, 10, 1)) -> DailyCompany:
    """Make up one company; the same seed gives the same cost."""
    random = np.random.default_rng(seed)
    days = [start + timedelta(days=number) for number in range(_length(start, months))]
    calendar = _Calendar.of(days)
    business = _drift(random, len(days), random.normal(0.012, 0.008)) * _year(random, calendar, 0.10)
    providers = [f"provider-{number}" for number in range(1, PROVIDERS + 1)]
    home = {f"service-{number}": providers[number % PROVIDERS] for number in range(1, SERVICES + 1)}
    made = DailyCompany(start, {}, {})
    for number in range(1, TEAMS + 1):
        team, unit = f"team-{number}", f"unit-{1 + number % UNITS}"
        made.parents |= {("team", team): ("business_unit", unit), ("business_unit", unit): COMPANY}
        _add_team(random, made, calendar, ("team", team), business, home)
    return made


def _length(start: date, months: int) -> int:
    later = start.month - 1 + months
    return (date(start.year + later // 12, later % 12 + 1, 1) - start).days


@dataclass(frozen=True)
class _Calendar:
    number: np.ndarray
    weekday: np.ndarray
    month_day: np.ndarray
    days: list[date]

    @classmethod
    def of(cls, days: list[date]) -> _Calendar:
        return cls(
            np.arange(len(days)),
            np.array([day.weekday() for day in days]),
            np.array([day.day for day in days]),
            days,
        )


def _drift(random: np.random.Generator, length: int, monthly: float) -> np.ndarray:
    """Grow by a rate that turns about every nine months, with a slow wander on top."""
    rates, day = np.empty(length), 0
    rate = monthly
    while day < length:
        span = int(random.exponential(9 * _MONTH)) + 30
        rates[day : day + span] = rate / _MONTH
        rate, day = random.normal(monthly, 0.012), day + span
    return np.exp(np.cumsum(rates + random.normal(0, 0.0025, length)))


def _year(random: np.random.Generator, calendar: _Calendar, most: float) -> np.ndarray:
    """Rise and fall once a year, with a second, smaller wave."""
    angle = 2 * np.pi * (calendar.number / _YEAR + random.random())
    return 1 + random.uniform(0.2, 1.0) * most * (np.sin(angle) + 0.3 * np.sin(2 * angle + random.random()))


def _noise(random: np.random.Generator, length: int, size: float) -> np.ndarray:
    """Vary from day to day, half of it carried over to the next day; seldom a spike."""
    shocks = random.normal(0, size, length)
    noise = np.empty(length)
    last = 0.0
    for number in range(length):
        last = 0.5 * last + shocks[number]
        noise[number] = last
    spikes = random.random(length) < 0.0015
    return np.maximum(0.05, 1 + noise) * np.where(spikes, random.uniform(1.3, 2.5, length), 1.0)


def _add_team(
    random: np.random.Generator,
    made: DailyCompany,
    calendar: _Calendar,
    team: Scope,
    business: np.ndarray,
    home: dict[str, str],
) -> None:
    """Add a team: its services, each with its own level, week and noise, and what happens to all of them."""
    length = len(calendar.days)
    growth = _drift(random, length, random.normal(0.008, 0.012)) * _year(random, calendar, 0.06)
    driven = random.random() < 0.4
    pace = growth * (business if driven else business**0.4)
    if driven:
        made.volumes[team] = 1000 * business * np.maximum(0.2, 1 + random.normal(0, 0.04, length))
    names = random.choice(sorted(home), _SERVICES_PER_TEAM, replace=False)
    level = np.exp(random.normal(5.5, 0.9))
    shares = random.dirichlet(np.full(len(names), 2.0))
    steps = _steps(random, made, calendar, team, level)
    for name, share in zip(names, shares, strict=True):
        weekend = random.uniform(0.55, 1.0)
        week = np.where(calendar.weekday >= 5, weekend, 1.0)
        cost = level * share * pace * week * _noise(random, length, random.uniform(0.03, 0.12))
        cost = cost * _commitment(random, made, calendar, ("service", str(name)), level * share)
        cost += level * share * steps
        if random.random() < 0.35:  # a subscription or a support fee on the first of the month
            cost += np.where(calendar.month_day == 1, level * share * random.uniform(2, 12), 0.0)
        service = ("service", str(name))
        provider = ("provider", home[str(name)])
        made.parents |= {service: provider, provider: COMPANY}
        for scope in (COMPANY, made.parents[team], team, provider, service):
            made.costs[scope] = made.costs.get(scope, np.zeros(length)) + np.maximum(cost, 0.0)


def _steps(
    random: np.random.Generator, made: DailyCompany, calendar: _Calendar, team: Scope, level: float
) -> np.ndarray:
    """Return steps as shares of the level: about one a year that was announced, one in two years that was not."""
    length = len(calendar.days)
    steps = np.zeros(length)
    for _ in range(random.poisson(length / _YEAR)):
        day, size = int(random.integers(60, length)), random.uniform(0.05, 0.3) * random.choice([-1, 1, 1])
        probability = random.choice([0.5, 0.8, 0.9, 1.0])
        made.changes.append(Change(team, calendar.days[day], size * level, float(probability)))
        if random.random() < probability:
            steps[day:] += size * random.uniform(0.7, 1.2)
    for _ in range(random.poisson(length / _YEAR / 2)):
        day = int(random.integers(30, length))
        steps[day:] += random.uniform(0.05, 0.2) * random.choice([-1, 1])
    return np.maximum(steps, -0.6)


def _commitment(
    random: np.random.Generator, made: DailyCompany, calendar: _Calendar, service: Scope, level: float
) -> np.ndarray:
    """Return what a commitment leaves of the cost, for a year; that it ends is known, and in half it is not renewed."""
    length = len(calendar.days)
    left = np.ones(length)
    if random.random() < 0.15:
        day, saved = int(random.integers(0, length)), random.uniform(0.15, 0.35)
        end = day + 365
        left[day:end] = 1 - saved
        if random.random() < 0.5:
            left[end:] = 1 - saved
        elif end < length:
            made.changes.append(Change(service, calendar.days[end], level * saved, 0.5, "commitment"))
    return left
