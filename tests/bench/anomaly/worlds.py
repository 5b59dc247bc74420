"""Companies with daily costs and labelled anomalies, as hard as `difficulty.yml` says; a seed gives one company.

Belongs here: what is ordinary (seasons, fees, growth, noise, announced changes, restatements), what is not, and the
truth about it. Does not belong here: anything that the detector knows or decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from orchestration.analysis.anomaly.panel import Panel

DIFFICULTY = yaml.safe_load((Path(__file__).parent / "difficulty.yml").read_text(encoding="utf-8"))
ORGANIZATION, PROVIDERS = 0, 1
_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Truth:
    """One labelled event: its scope, its leaves, its days and its size as a share of the scope's daily cost."""

    scope: int
    leaves: tuple[int, ...]
    kind: str
    onset: int
    complete: int  # the day on which it has its size: the onset, but for slow leaks
    last: int
    size: float
    stays: bool


@dataclass(frozen=True)
class World:
    """A panel for the detector and the truth about it."""

    panel: Panel
    truth: list[Truth]


def make(seed: int, reading: str, difficulty: dict = DIFFICULTY) -> World:
    """Make the company of this seed, its noise read as `reading` says; the same seed gives the same company."""
    return _Maker(np.random.default_rng([seed, len(reading)]), reading, difficulty).world()


class _Maker:
    """Draws a company step by step; what is ordinary is a usage and a fee per leaf and day."""

    def __init__(self, draw: np.random.Generator, reading: str, difficulty: dict) -> None:
        self.draw, self.reading = draw, reading
        self.shape, self.plain, self.odd = difficulty["world"], difficulty["ordinary"], difficulty["events"]
        self.days = np.datetime64(str(self.shape["first_day"])) + np.arange(self.shape["days"])
        self.warm = self.shape["warm_up_days"]
        self.team_of = np.repeat(
            np.arange(self.shape["teams"]),
            draw.integers(*self._whole(self.shape["leaves_per_team"]), self.shape["teams"]),
        )
        self.service_of = draw.integers(0, self.shape["services"], len(self.team_of))
        self.upper = 1 + sum(self.shape[part] for part in ("business_units", "teams", "providers", "services"))
        self.months = (len(self.days) - self.warm) / _MONTH
        self.newcomers: list[tuple[int, int, int, float, bool]] = []  # team, service, onset, size, is an event

    def world(self) -> World:
        """Draw everything, in one fixed order."""
        self._count_newcomers()
        leaves = len(self.team_of)
        size = self.shape["daily_cost"]
        self.base = np.exp(self.draw.normal(np.log(size["median"]), size["log_deviation"], leaves))
        usage = self._usage(leaves)
        self.fees = self._fees(leaves)
        self.cost, self.ordinary = usage, usage + self.fees
        self.busy = np.zeros((leaves, len(self.days)), dtype=bool)  # where something else is going on already
        self.parents = self._parents(leaves)
        truth = self._newcomer_events() + self._events()
        planned, restated = self._planned(), self._restated()
        panel = Panel(
            first_day=self.days[0],
            cost=self._summed(self.cost + self.fees),
            parents=self.parents,
            judged=~self._touched(restated),
            planned=self._summed(planned),
            holidays=self.holidays,
        )
        return World(panel, sorted(truth, key=lambda event: (event.onset, event.scope)))

    # The tree: company, business units, teams, providers, services, then leaves.

    def _parents(self, leaves: int) -> np.ndarray:
        units, teams, providers, services = (
            self.shape[part] for part in ("business_units", "teams", "providers", "services")
        )
        first_team, first_provider = 1 + units, 1 + units + teams
        first_service = first_provider + providers
        parents = np.full((2, self.upper + leaves), -1)
        parents[ORGANIZATION, 1:first_team] = 0
        parents[ORGANIZATION, first_team:first_provider] = 1 + np.arange(teams) % units
        parents[PROVIDERS, first_provider:first_service] = 0
        parents[PROVIDERS, first_service : self.upper] = first_provider + np.arange(services) % providers
        parents[ORGANIZATION, self.upper :] = first_team + self.team_of
        parents[PROVIDERS, self.upper :] = first_service + self.service_of
        return parents

    def _above(self, scope: int) -> list[int]:
        found = []
        for tree in (ORGANIZATION, PROVIDERS):
            place = self.parents[tree, scope]
            while place >= 0:
                found.append(int(place))
                place = self.parents[tree, place]
        return found

    def _summed(self, by_leaf: np.ndarray) -> np.ndarray:
        """Rows of the leaves, and above them the sums of everything that holds them."""
        result = np.zeros((self.upper + len(by_leaf), by_leaf.shape[1]))
        result[self.upper :] = by_leaf
        for leaf, row in enumerate(by_leaf):
            for scope in dict.fromkeys(self._above(self.upper + leaf)):
                result[scope] += row
        return result

    def _touched(self, by_leaf: np.ndarray) -> np.ndarray:
        """Leaves and days as marked; of a scope above, the days on which a tenth of its cost is marked."""
        return self._summed(self.ordinary * by_leaf) > 0.1 * self._summed(self.ordinary)

    # What is ordinary.

    def _usage(self, leaves: int) -> np.ndarray:
        plain, count = self.plain, len(self.days)
        low, high = np.log(plain["noise"])
        noise = np.exp(self.draw.uniform(low, high, (leaves, 1)))
        if self.reading == "deviation":
            off = noise * self.draw.normal(size=(leaves, count))
        else:
            off = np.log1p(noise * self.draw.uniform(-1, 1, (leaves, count)))
        growth = np.log1p(self.draw.uniform(*plain["growth_per_month"], (leaves, 1))) / _MONTH
        week = np.log1p(self.draw.uniform(*plain["weekday_wobble"], (leaves, 7)))
        week[:, 5:] += np.log(self.draw.uniform(*plain["weekend_factor"], (leaves, 1)))
        weekday = (self.days.astype("datetime64[D]").astype(int) + 3) % 7
        logs = np.log(self.base)[:, None] + growth * np.arange(count) + week[:, weekday] + off
        logs += self._month_end(leaves) + self._holidays(leaves)
        return np.exp(logs)

    def _month_end(self, leaves: int) -> np.ndarray:
        load = self.plain["month_end_load"]
        left = (self.days.astype("datetime64[M]") + 1).astype("datetime64[D]") - self.days
        with_load = self.draw.random((leaves, 1)) < load["share_of_leaves"]
        size = self.draw.uniform(*load["size"], (leaves, 1))
        return np.where(with_load & (left.astype(int) <= load["days"]), np.log1p(size), 0.0)

    def _holidays(self, leaves: int) -> np.ndarray:
        plain = self.plain["holidays"]
        count = round(plain["per_year"] * len(self.days) / 365.25)
        self.holidays = np.sort(self.draw.choice(self.days, count, replace=False))
        rests = self.draw.random((leaves, 1)) < plain["share_of_leaves"]
        size = np.log1p(self.draw.uniform(*plain["size"], (leaves, 1)))
        return np.where(rests & np.isin(self.days, self.holidays), size, 0.0)

    def _fees(self, leaves: int) -> np.ndarray:
        plain = self.plain["month_start_fee"]
        first = self.days == self.days.astype("datetime64[M]")
        with_fee = self.draw.random((leaves, 1)) < plain["share_of_leaves"]
        return np.where(with_fee & first, self.draw.uniform(*plain["size"], (leaves, 1)) * self.base[:, None], 0.0)

    def _planned(self) -> np.ndarray:
        """Announced changes: happen in the costs, and are returned as they were announced."""
        plain, told = self.plain["planned_changes"], np.zeros_like(self.cost)
        for _ in range(self._count(plain["per_100_scopes_and_month"])):
            length = int(self.draw.integers(*self._whole(plain["days"])))
            size, error = self.draw.uniform(*plain["size"]), self.draw.uniform(-1, 1) * plain["error_of_plan"]
            place = self._free(length)
            if place is None:
                continue
            leaf, onset = place
            span = slice(onset, onset + length)
            added = size * float(self._usual(leaf, onset))
            self.cost[leaf, span] += added
            told[leaf, span] = added * (1 + error)
        return told

    def _restated(self) -> np.ndarray:
        """Days that were delivered anew with other cost."""
        plain, marked = self.plain["restatements"], np.zeros(self.cost.shape, dtype=bool)
        for _ in range(self._count(plain["per_100_scopes_and_month"])):
            length = int(self.draw.integers(*self._whole(plain["days"])))
            factor = 1 + self.draw.uniform(*plain["size"]) * self.draw.choice([-1, 1])
            place = self._free(length)
            if place is None:
                continue
            leaf, onset = place
            marked[leaf, onset : onset + length] = True
            self.cost[leaf, onset : onset + length] *= factor
        return marked

    # Leaves that come later.

    def _count_newcomers(self) -> None:
        """Decide how many leaves come later, so that the tree has a place for them."""
        low, high = self.odd["per_100_scopes_and_month"]
        scopes = self.upper + len(self.team_of)
        self.wanted = round(self.draw.uniform(low, high) * scopes / 100 * self.months)
        kinds = list(self.odd["kinds"])
        self.kinds = [kinds[place % len(kinds)] for place in range(self.wanted)]
        large = self.kinds.count("new_service_or_region")
        small = self.plain["small_newcomers"]
        little = self.draw.poisson(small["per_100_scopes_and_month"] * scopes / 100 * self.months)
        for place in range(large + int(little)):
            is_event = place < large
            size = self.draw.uniform(*(self.odd["size"] if is_event else small["size"]))
            team, service = self.draw.integers(self.shape["teams"]), self.draw.integers(self.shape["services"])
            onset = int(self.draw.integers(self.warm, len(self.days) - 10))
            self.newcomers.append((int(team), int(service), onset, float(size), is_event))
        self.team_of = np.append(self.team_of, [new[0] for new in self.newcomers]).astype(int)
        self.service_of = np.append(self.service_of, [new[1] for new in self.newcomers]).astype(int)

    def _newcomer_events(self) -> list[Truth]:
        """Give each leaf that comes later its size, and no cost before."""
        found, first = [], len(self.team_of) - len(self.newcomers)
        old = np.arange(len(self.team_of)) < first
        for place, (team, _, onset, size, is_event) in enumerate(self.newcomers):
            leaf = first + place
            of_team = float(self._usual(np.flatnonzero((self.team_of == team) & old), onset).sum())
            factor = size * of_team / float(self._usual(leaf, onset))
            self.cost[leaf] *= factor
            self.fees[leaf] = 0
            self.cost[leaf, :onset] = 0
            self.busy[leaf] = True
            if is_event:
                last = len(self.days) - 1
                scope = self.upper + leaf
                found.append(Truth(scope, (leaf,), "new_service_or_region", onset, onset, last, size, stays=True))
        return found

    # What is not ordinary.

    def _events(self) -> list[Truth]:
        found = []
        for kind in self.kinds:
            if kind != "new_service_or_region":
                event = self._event(kind)
                if event is not None:
                    found.append(event)
        return found

    def _event(self, kind: str) -> Truth | None:
        says = self.odd["kinds"][kind]
        on_parent = kind in ("spike", "drop", "missing_data") and self.draw.random() < self.odd["share_on_parents"]
        size = self.draw.uniform(*self.odd["size"])
        length = int(self.draw.integers(*self._whole(says["days"]))) if "days" in says else 0
        growing = int(self.draw.integers(*self._whole(says["days_to_full_size"]))) if kind == "slow_leak" else 0
        place = self._free_parent(length) if on_parent else self._free(length or growing or 10)
        if place is None:
            return None
        scope, onset = (place[0], place[1]) if on_parent else (self.upper + place[0], place[1])
        leaves = self._leaves(scope)
        stays = kind in ("level_shift", "slow_leak")
        last = len(self.days) - 1 if stays else min(onset + length, len(self.days)) - 1
        complete = onset + growing - 1 if growing else onset
        factor = np.ones(last + 1 - onset)
        if kind == "spike":
            factor += size
        elif kind == "drop":
            size = min(size, says["most"])
            factor -= size
        elif kind == "missing_data":
            size, factor = 1.0, factor * 0
        elif kind == "level_shift":
            up = self.draw.random() < says["share_upwards"]
            size = size if up else min(size, self.odd["kinds"]["drop"]["most"])
            factor += size if up else -size
        else:
            grown = np.minimum(np.arange(1, len(factor) + 1) / growing, 1.0)
            factor = (1 + size) ** grown
        self.cost[leaves, onset : last + 1] *= factor
        if kind == "missing_data":
            self.fees[leaves, onset : last + 1] = 0
        apart = self.odd["days_apart"]
        self.busy[leaves, max(onset - apart, 0) : (complete if stays else last) + apart] = True
        return Truth(scope, tuple(int(leaf) for leaf in leaves), kind, onset, complete, last, float(size), stays)

    def _leaves(self, scope: int) -> np.ndarray:
        if scope >= self.upper:
            return np.array([scope - self.upper])
        mine = [leaf for leaf in range(len(self.team_of)) if scope in self._above(self.upper + leaf)]
        alive = np.array(mine, dtype=int)
        return alive[alive < len(self.team_of) - len(self.newcomers)]

    def _free(self, length: int) -> tuple[int, int] | None:
        """Find a leaf and a day from which nothing else goes on there for so many days; None after too many tries."""
        for _ in range(200):
            leaf = int(self.draw.integers(len(self.team_of) - len(self.newcomers)))
            onset = int(self.draw.integers(self.warm, len(self.days) - 5))
            if not self.busy[leaf, onset : onset + length].any():
                self.busy[leaf, onset : onset + length] = True
                return leaf, onset
        return None

    def _free_parent(self, length: int) -> tuple[int, int] | None:
        first_team = 1 + self.shape["business_units"]
        first_service = first_team + self.shape["teams"] + self.shape["providers"]
        scopes = [*range(first_team, first_team + self.shape["teams"]), *range(first_service, self.upper)]
        for _ in range(200):
            scope = int(self.draw.choice(scopes))
            onset = int(self.draw.integers(self.warm, len(self.days) - 5))
            leaves = self._leaves(scope)
            if len(leaves) > 1 and not self.busy[leaves, onset : onset + length].any():
                return scope, onset
        return None

    def _usual(self, leaves: int | np.ndarray, onset: int) -> np.ndarray:
        """Return the mean ordinary usage of two weeks around a day."""
        usage = self.ordinary - self.fees
        return usage[leaves, onset - 7 : onset + 7].mean(axis=-1)

    def _count(self, per_100: float) -> int:
        return int(self.draw.poisson(per_100 * (self.upper + len(self.team_of)) / 100 * self.months))

    @staticmethod
    def _whole(pair: list[int]) -> tuple[int, int]:
        return pair[0], pair[1] + 1
