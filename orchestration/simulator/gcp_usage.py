"""What Harbourline Outdoor uses at Google Cloud in a month, as lines in whole billionths of a dollar, with their truth.

Belongs here: projects, prices, commitments of both models, and what each line truly costs. Does not belong here: how a
line looks in the export, and files (`gcp`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .periods import Month

NANO = 1_000_000_000
ACCOUNT = "01A2B3-C4D5E6-F7A8B9"
RESOURCE_ID, SPEND_ID, FLEXIBLE_ID = "subscriptions/n2-core", "subscriptions/cloud-sql", "subscriptions/flexible"

# project, label team, project label team, environment; the sandbox has nobody's name on it
PROJECTS = (
    ("hl-shop-prod", "checkout", "platform", "prod"),
    ("hl-search-prod", None, "search", "prod"),
    ("hl-sandbox", None, None, "dev"),
)

_CALIFORNIA = ZoneInfo("America/Los_Angeles")
_HOUR = timedelta(hours=1)

# what the committed price of the new model is, in percent
_FLEXIBLE_PERCENT = 72


@dataclass
class Line:
    """One line of the export: what it shows, and what is true about it (`effective`: of all that becomes of it)."""

    kind: str
    service: str
    sku: str
    start: datetime
    end: datetime
    cost: int
    quantity: int = 0
    unit: str = "hour"
    project: int | None = None
    credits: list[tuple[str, str, int]] = field(default_factory=list)
    """Type, full name, amount (negative)."""
    default_cost: int | None = None
    cost_type: str = "regular"
    adjustment: str | None = None
    consumption_model: str = "Default"
    subscription: str | None = None
    originating_sku: str | None = None
    effective: int = 0
    commitment: str | None = None

    @property
    def billed(self) -> int:
        """Cost and credits."""
        return self.cost + sum(amount for _, _, amount in self.credits)


@dataclass
class Pool:
    """A commitment on a day: its fee, and what of it was used."""

    commitment: str
    day: datetime
    fee: int
    used: int


def month_lines(month: Month, days: int, seed: int, copies: int) -> tuple[list[Line], list[Pool]]:
    """Give the lines of a month, and what its commitments cost day by day."""
    dice, clock = (random.Random(f"{seed} google {what}{month.name}") for what in ("", "hours "))
    lines: list[Line] = []
    pools: list[Pool] = []
    for number in range(days):
        day, next_day = (_midnight(month.start + timedelta(days=number + more)) for more in (0, 1))
        first = len(lines)
        for copy in range(copies):
            lines += _plain(dice, month, day, copy)
        pools.append(_resources(dice, day, lines, copies))
        pools.append(_spend(dice, day, lines, copies, attributed=number % 3 == 0))
        pools.append(_flexible(dice, day, lines, copies))
        _spread(clock, lines[first:], (min(next_day, _reach(month)) - day) // _HOUR)
    lines += _others(dice, month, lines)
    for line in lines:
        if line.kind in ("usage", "other"):
            line.effective = line.billed
    return lines, pools


def _midnight(day: datetime) -> datetime:
    """Give the moment (UTC) at which a day begins in California, as Google bills it."""
    return day.replace(tzinfo=_CALIFORNIA).astimezone(UTC).replace(tzinfo=None)


def _reach(month: Month) -> datetime:
    """Give the moment (UTC) up to which usage is in the bill: an open month is as far as its newest refresh."""
    newest = month.refreshes[-1]
    return _midnight(month.end) if newest.is_final else month.start + newest.hours * _HOUR


def _spread(clock: random.Random, lines: list[Line], hours: int) -> None:
    """Let the usage of a day be in any of its hours; fees are charged as it begins."""
    for line in lines:
        if line.kind != "commitment_fee":
            later = clock.randrange(hours) * _HOUR
            line.start, line.end = line.start + later, line.end + later


def _usage(kind: str, service: str, sku: str, day: datetime, quantity: int, price: int, project: int) -> Line:
    """Use a quantity (thousandths of a unit) at a price (billionths a unit)."""
    cost = quantity * price // 1000
    return Line(kind, service, sku, day, day + timedelta(hours=1), cost, quantity, project=project)


def _plain(dice: random.Random, month: Month, day: datetime, copy: int) -> list[Line]:
    """Use what no commitment covers: storage, network, and old machines with their discount for sustained use."""
    lines = []
    for project in range(len(PROJECTS)):
        storage = _usage(
            "usage", "Cloud Storage", "Standard Storage Iowa", day, dice.randrange(9000), 26_000_003, project
        )
        machine = _usage("usage", "Compute Engine", "N1 Predefined Instance Core running in Americas", day,
                         dice.randrange(1, 48_000), 31_611_000, project)  # fmt: skip
        machine.credits.append(("SUSTAINED_USAGE_DISCOUNT", "Sustained Usage Discount", -(machine.cost * 3 // 10)))
        if PROJECTS[project][0] == "hl-sandbox" and month.index % 2:
            storage.credits.append(("PROMOTION", "Startup program", -(storage.cost // 2)))
        if copy == 0 and project == 1:
            storage.credits.append(("DISCOUNT", "Contract", -(storage.cost // 20)))
        lines += [storage, machine]
    return lines


def _resources(dice: random.Random, day: datetime, lines: list[Line], copies: int) -> Pool:
    """Commit to core hours: the first usage of a day is covered, whole lines or a part of the last."""
    committed = 120_000 * copies
    fee = committed * 19_915_000 // 1000
    lines.append(
        _fee("Compute Engine", "Commitment v1: N2 Cpu in Americas for 1 Year", day, fee, committed, RESOURCE_ID)
    )
    covered, left = [], committed
    for _ in range(copies):
        for project in range(len(PROJECTS)):
            line = _usage("covered", "Compute Engine", "N2 Instance Core running in Americas", day,
                          dice.randrange(1, 90) * 1000, 31_611_000, project)  # fmt: skip
            part = min(left, line.quantity)
            left -= part
            if part:
                credit = -(line.cost * part // line.quantity)
                line.credits.append(("COMMITTED_USAGE_DISCOUNT", "", credit))
                covered.append(line)
            line.effective, line.commitment = line.billed, RESOURCE_ID if part else None
            lines.append(line)
    used = fee * (committed - left) // committed if covered else 0
    return _share(covered, Pool(RESOURCE_ID, day, fee, used))


def _spend(dice: random.Random, day: datetime, lines: list[Line], copies: int, *, attributed: bool) -> Pool:
    """Commit to spend on Cloud SQL (legacy model): sold by the cent; on some days the fee says what it went to."""
    cents = 900_000 * copies  # thousandths of a cent of on-demand cost
    fee = cents * 7_500_000 // 1000
    covered, left = [], cents * NANO // 100_000
    committed = left
    for _ in range(copies):
        for project in range(len(PROJECTS)):
            line = _usage("covered", "Cloud SQL", "Cloud SQL for MySQL: Zonal - vCPU in Americas", day,
                          dice.randrange(1, 120) * 1000, 41_300_000, project)  # fmt: skip
            part = min(left, line.cost)
            left -= part
            if part:
                name = "Committed use discount - dollar based: Cloud SQL Commitments"
                line.credits.append(("COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", name, -part))
                covered.append(line)
            line.effective, line.commitment = line.billed, SPEND_ID if part else None
            lines.append(line)
    used = fee * (committed - left) // committed
    sku = "Commitment - dollar based v1: Cloud SQL database Iowa for 1 year"
    if not attributed:
        lines.append(_fee("Cloud SQL", sku, day, fee, cents, SPEND_ID))
    else:
        for part, origin in ((used, "E0E0-AAAA-0001"), (fee - used, None)):
            if part:
                lines.append(_fee("Cloud SQL", sku, day, part, cents * part // fee, SPEND_ID))
                lines[-1].originating_sku = origin
    return _share(covered, Pool(SPEND_ID, day, fee, used))


def _flexible(dice: random.Random, day: datetime, lines: list[Line], copies: int) -> Pool:
    """Commit to spend (new model): covered usage has its own price, and the fee is offset by what was used."""
    fee, used = 3 * NANO * copies, 0
    for _ in range(copies):
        for project in range(len(PROJECTS)):
            line = _usage("covered", "Compute Engine", "E2 Instance Core running in Americas", day,
                          dice.randrange(1, 70) * 1000, 21_811_590, project)  # fmt: skip
            whole = line.cost
            part = min(whole, (fee - used) * 100 // _FLEXIBLE_PERCENT)
            if part:
                own = part * _FLEXIBLE_PERCENT // 100
                used += own
                quantity = line.quantity * part // whole
                lines.append(
                    Line(
                        "covered",
                        line.service,
                        line.sku,
                        day,
                        line.end,
                        own,
                        quantity,
                        project=project,
                        default_cost=part,
                        consumption_model="Compute Flexible CUDs 1 Year",
                        subscription=FLEXIBLE_ID,
                        effective=own,
                        commitment=FLEXIBLE_ID,
                    )
                )
                line.quantity -= quantity
            line.cost = whole - part
            if line.cost:
                line.effective = line.cost
                lines.append(line)
    lines.append(_fee("Compute Engine", "Compute Flexible CUDs fee", day, fee, fee // 1_000_000, FLEXIBLE_ID))
    if used:
        lines[-1].credits.append(("FEE_UTILIZATION_OFFSET", "", -used))
    return Pool(FLEXIBLE_ID, day, fee, used)


def _fee(service: str, sku: str, day: datetime, cost: int, quantity: int, subscription: str) -> Line:
    return Line("commitment_fee", service, sku, day, day + timedelta(hours=1), cost, quantity,
                subscription=subscription, commitment=subscription)  # fmt: skip


def _share(covered: list[Line], pool: Pool) -> Pool:
    """Give each covered line its part of the used fee by its credit; the largest takes what rounding leaves."""
    weights = [-line.credits[-1][2] for line in covered]
    shares = [pool.used * weight // sum(weights) for weight in weights]
    if shares:
        shares[weights.index(max(weights))] += pool.used - sum(shares)
    for line, share in zip(covered, shares, strict=True):
        line.effective += share
    return pool


def _others(dice: random.Random, month: Month, lines: list[Line]) -> list[Line]:
    """Add what comes late or is no usage: a correction and late lines of the month before, tax, goodwill, rounding."""
    end = month.end - timedelta(hours=1)
    before = month.start - timedelta(days=4)
    late = _usage("usage", "Cloud Storage", "Standard Storage Iowa", before, dice.randrange(1, 5000), 26_000_003, 0)
    wrong = _usage("other", "Cloud Storage", "Standard Storage Iowa", before, 1500, 26_000_003, 1)
    wrong.cost, wrong.adjustment = -wrong.cost, "USAGE_CORRECTION"
    taxed = sum(line.billed for line in lines)
    tax = Line("tax", "Invoice", "Tax", month.start, month.end, taxed * 7 // 100, cost_type="tax")
    tax.effective = tax.cost
    goodwill = Line("other", "Invoice", "SLA credit", end, month.end, -2 * NANO, cost_type="adjustment")
    goodwill.adjustment = "SLA_VIOLATION"
    rounding = Line("other", "Invoice", "Rounding error", end, month.end, 4_000_001, cost_type="rounding_error")
    return [late, wrong, tax, goodwill, rounding] if month.refreshes[-1].is_final else [late]
