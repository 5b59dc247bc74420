"""The raw lines of OpenCost in the sample: days and hours, containers without anything, amounts with many digits."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import TYPE_CHECKING

from .sample_lines import TAG_SETS, money

if TYPE_CHECKING:
    from .sample_lines import Line


def opencost_lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give one month of allocations."""
    dice = random.Random(f"{source} {month} {restated}")
    return [_allocation(dice, month) for _ in range(24)]


def _allocation(dice: random.Random, month: dt.date) -> Line:
    start = dt.datetime.combine(month, dt.time()) + dt.timedelta(hours=dice.randrange(24 * 28))
    cost = money(dice, 2)
    return {
        "cluster": dice.choice([None, "eu-1"]),
        "namespace": dice.choice(["shop", None]),
        "controller_kind": dice.choice(["deployment", None]),
        "controller_name": "web",
        "pod": dice.choice(["web-1", "web-2"]),
        "container": dice.choice(["nginx", "sidecar"]),
        "labels": dice.choice(TAG_SETS),
        "window_start": start,
        "window_end": dice.choice([None, start + dt.timedelta(minutes=dice.randrange(1, 200))]),
        "cpu_core_request_average": dice.choice([None, money(dice, 4)]),
        "cpu_core_usage_average": dice.choice([None, money(dice, 4)]),
        "ram_bytes_request_average": Decimal(dice.randrange(1 << 36)),
        "ram_bytes_usage_average": Decimal(dice.randrange(1 << 36)) + Decimal("0.123456789"),
        "gpus": dice.choice([None, Decimal(1)]),
        "network_receive_bytes": Decimal(dice.randrange(1 << 40)),
        "cpu_cost": cost,
        "ram_cost": cost,
        "total_cost": cost * 2,
    }
