"""The calendar of a simulation: billing months, the refreshes of each month, and how discounts are shown in it.

Belongs here: pure date arithmetic from the start month; nothing reads the clock. Does not belong here: what is written
in a month (`usage`, `fees`) and where (`layout`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

GROSS, NET_EFFECTIVE, NET = "gross", "net_effective", "net"

EDP_PERCENT = 6
"""The negotiated discount, in percent of what the price list says, from the month `EDP_FROM` on."""

EDP_FROM = 2
NET_FROM = 4
RENAME_AT = 3
PRICE_RISE_AT = 4
LONG_AGO, FAR_AWAY = datetime(1970, 1, 1), datetime(2999, 1, 1)  # noqa: DTZ001  exports are naive UTC


@dataclass(frozen=True)
class Refresh:
    """One delivery of one month: `hours` of usage are in it, `is_final` says that it is invoiced."""

    execution_id: str
    executed_at: datetime
    hours: int
    is_complete: bool
    is_final: bool

    @property
    def folder(self) -> str:
        """The folder of a refresh in the create-new layout: `<ISO time>-<execution id>`."""
        return f"{self.executed_at:%Y-%m-%dT%H:%M:%S}.000Z-{self.execution_id}"


@dataclass(frozen=True)
class Month:
    """One billing month, from `start` to, not with, `end`; `index` counts from the story's first month, 0."""

    index: int
    start: datetime
    end: datetime
    discount_mode: str
    refreshes: tuple[Refresh, ...]

    @property
    def name(self) -> str:
        """`YYYY-MM`, as in `BILLING_PERIOD=`."""
        return f"{self.start:%Y-%m}"

    @property
    def hours(self) -> int:
        """Hours of the whole month."""
        return int((self.end - self.start) / timedelta(hours=1))

    @property
    def salt(self) -> int:
        """A number of its own for the dice, never negative."""
        return self.index % 1000

    def grown(self, quantity: int, percent: int) -> int:
        """Give what a quantity has grown to by this month, at so many percent of the story's first month a month."""
        if self.index < 0:
            return quantity * 100 // (100 - percent * self.index)
        return quantity * (100 + percent * self.index) // 100

    @property
    def is_discounted(self) -> bool:
        """Whether the negotiated discount applies in this month."""
        return self.discount_mode != GROSS


def month_start(start: datetime, index: int) -> datetime:
    """Return the first instant of the month `index` months after `start` (which is a first of a month itself)."""
    months = start.year * 12 + start.month - 1 + index
    return datetime(months // 12, months % 12 + 1, 1)  # noqa: DTZ001  exports are naive UTC


def parse_month(text: str) -> datetime:
    """Return the first instant of `YYYY-MM`; ValueError if it is not a month."""
    return datetime.strptime(text, "%Y-%m")  # noqa: DTZ007  exports are naive UTC


def stable_uuid(*parts: object) -> str:
    """Return a text in the form of a UUID that depends on the parts only."""
    digest = hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _refresh(seed: int, month: datetime, executed_at: datetime, hours: int, state: str) -> Refresh:
    return Refresh(
        execution_id=stable_uuid("execution", seed, month, executed_at),
        executed_at=executed_at,
        hours=hours,
        is_complete=state != "partial",
        is_final=state == "final",
    )


def _refreshes(seed: int, index: int, start: datetime, end: datetime, *, is_open: bool) -> tuple[Refresh, ...]:
    def at(first: datetime, days: int, hour: int, minute: int, second: int) -> datetime:
        return first + timedelta(days=days, hours=hour, minutes=minute, seconds=second)

    early = _refresh(seed, start, at(start, 6, 5, 41, 17 + index), 6 * 24 - 2, "partial")
    if is_open:
        return early, _refresh(seed, start, at(start, 16, 5, 38, 3 + index), 16 * 24 - 2, "partial")
    hours = int((end - start) / timedelta(hours=1))
    final = _refresh(seed, start, at(end, 5, 7, 12, 44 + index), hours, "final")
    if index == EDP_FROM:  # one month is seen whole but not yet invoiced, so that a late credit restates it
        return early, _refresh(seed, start, at(end, 1, 6, 2, 9), hours, "complete"), final
    return early, final


def discount_mode(index: int) -> str:
    """Return how discounts are shown: no contract yet, then lines of their own, then columns of each line."""
    if index < EDP_FROM:
        return GROSS
    return NET_EFFECTIVE if index < NET_FROM else NET


def story_start(start: str, quiet: int) -> str:
    """Return the month (`YYYY-MM`) in which the story begins, after so many quiet months."""
    return f"{month_start(parse_month(start), quiet):%Y-%m}"


def story_of(months: list[Month]) -> str:
    """Return the month (`YYYY-MM`) in which the story of these months begins."""
    return f"{month_start(months[0].start, -months[0].index):%Y-%m}"


def calendar(start: str, months: int, seed: int, quiet: int = 0) -> list[Month]:
    """Return the months from `start` (`YYYY-MM`), `quiet` ones first, before anything of the story happens.

    The last one is open: two partial refreshes and no invoice.
    """
    if not 0 <= quiet < months:
        raise ValueError("a simulation needs at least one month that is not quiet")
    story = parse_month(story_start(start, quiet))
    result = []
    for index in range(-quiet, months - quiet):
        begin, end = month_start(story, index), month_start(story, index + 1)
        refreshes = _refreshes(seed, index, begin, end, is_open=index == months - quiet - 1)
        result.append(Month(index, begin, end, discount_mode(index), refreshes))
    return result
