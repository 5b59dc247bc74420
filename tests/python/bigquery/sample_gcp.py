"""The raw lines of Google Cloud's part of the sample: every kind of line and credit, both models of commitments.

Belongs here: what one line looks like, made by dice with a fixed seed. Does not belong here: tables (`raw_sample.py`).
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

Line = dict[str, Any]

SUBSCRIPTION = "subscriptions/1fd3b130"
LABELS: tuple[dict[str, str | None] | None, ...] = (
    None,
    {},
    {"team": "web", "env": "prod"},
    {"team": "wéb 🚀", 'quo"te': "back\\slash"},
    {"env": None, "goog-k8s-cluster-name": "c1"},
)
_N2 = ("Compute Engine", "N2 Instance Core running in Americas")
_RESOURCE = {"type": "COMMITTED_USAGE_DISCOUNT", "name": "Committed Usage Discount: CPU"}
_SPEND = {
    "type": "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE",
    "full_name": "Committed use discount - dollar based: Cloud SQL Commitments",
}
_FEE = {"labels": None, "resource_tags": None, "project_id": "fees"}


def _money(dice: random.Random, upper: int = 90) -> Decimal:
    return Decimal(dice.randrange(1, upper * 10**9)) / 10**9


def gcp_lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give one month of lines; what is covered is covered in part, wholly, or by a commitment whose fee is missing."""
    dice = random.Random(f"{source} {month} {restated}")
    lines = [_line(dice, month, number) for number in range(20)]
    for number in range(12):
        day, cost = 1 + number % 3, _money(dice)
        part = cost if number % 4 == 0 else round(cost * Decimal("0.37"), 9)
        kind, (service, sku) = (_RESOURCE, _N2) if number % 2 else (_SPEND, ("Cloud SQL", "Cloud SQL for MySQL: vCPU"))
        lines.append(
            _line(dice, month, 40 + number, day=day, service=service, sku=sku, cost=cost, given=[(kind, -part)])
        )
    for day in (1, 2):
        fee = {"cost": Decimal("31.000000007"), "cost_at_list": None, "labels": None, "tags": None}
        resource, spend = (
            "Commitment v1: N2 Cpu in Americas for 1 Year",
            "Commitment - dollar based v1: Cloud SQL for 1 year",
        )
        lines.append(_line(dice, month, 60, day=day, service="Compute Engine", sku=resource, given=[]) | fee)
        lines[-1] |= {"usage_amount_in_pricing_units": Decimal(200), "subscription_instance_id": "r1"}
        fees = _line(dice, month, 61, day=day, service="Cloud SQL", sku=spend, given=[]) | fee
        lines.append(fees | {"usage_amount_in_pricing_units": Decimal(9000), "subscription_instance_id": f"s{day}"})
        if day == 2:
            lines[-1] |= {"labels": {"goog-originating-sku-id": "A"}}
            lines.append(fees | {"cost": Decimal("2.5"), "usage_amount_in_pricing_units": Decimal(700)})
    offset = {"type": "FEE_UTILIZATION_OFFSET"}
    fee = _line(dice, month, 70, sku="Flexible fee", cost=Decimal("9.5"), given=[(offset, Decimal("-9.123456789"))])
    used = _line(dice, month, 71, sku=_N2[1], cost=Decimal("9.123456789"), given=[])
    model = {"consumption_model_id": "D97B", "consumption_model_description": "Compute Flexible CUDs 1 Year"}
    lines += [fee | {"subscription_instance_id": SUBSCRIPTION}, fee | {"subscription_instance_id": None}]
    lines.append(
        used | model | {"subscription_instance_id": SUBSCRIPTION, "cost_at_effective_price_default": Decimal(12)}
    )
    lines.append(dict(lines[3]))  # two lines alike in every column
    return lines


_KINDS: tuple[tuple[str | None, str | None], ...] = (
    ("regular", None),
    ("regular", None),
    ("regular", None),
    ("tax", None),
    ("rounding_error", None),
    ("adjustment", "USAGE_CORRECTION"),
    ("adjustment", "SLA_VIOLATION"),
    ("adjustment", "GENERAL_ADJUSTMENT"),
    ("adjustment", None),
    (None, None),
)
_CREDITS: tuple[list[tuple[dict[str, str], Decimal]], ...] = (
    [],
    [({"type": "PROMOTION", "full_name": "Startup program"}, Decimal("-0.5"))],
    [({"type": "SUSTAINED_USAGE_DISCOUNT", "id": "SUD"}, Decimal("-0.000000003")), ({"type": "DISCOUNT"}, Decimal(-1))],
    [({"type": "RESELLER_MARGIN"}, Decimal("-0.1")), ({"type": "PROMOTION", "name": "Trial"}, Decimal("-0.2"))],
)


def _line(
    dice: random.Random,
    month: dt.date,
    number: int,
    *,
    day: int = 0,
    service: str = "Compute Engine",
    sku: str | None = None,
    cost: Decimal | None = None,
    given: list[tuple[dict[str, str], Decimal]] | None = None,
) -> Line:
    start = dt.datetime.combine(month, dt.time(8)) + dt.timedelta(days=day or dice.randrange(27))
    if number % 7 == 0 and sku is None:
        start -= dt.timedelta(days=40)
    cost_type, adjustment = ("regular", None) if sku else _KINDS[number % len(_KINDS)]
    cost = _money(dice) if cost is None else cost
    if adjustment:
        cost = -cost
    given = _CREDITS[number % len(_CREDITS)] if given is None else given
    quantity = _money(dice, 3)
    return {
        "billing_account_id": "01A2B3-C4D5E6-F7A8B9",
        "invoice_month": month,
        "cost_type": cost_type,
        "adjustment_info_type": adjustment,
        "adjustment_info_description": "A 'credit'\nfor you" if adjustment else None,
        "service_id": "6F81-5844-456A",
        "service_description": dice.choice(["Compute Engine", "Cloud SQL", "Unheard Of"]) if sku is None else service,
        "sku_id": f"SKU-{number % 5}",
        "sku_description": sku or dice.choice(["Spot Preemptible E2 Instance Ram", "Network Egress", None]),
        "usage_start_time": start,
        "usage_end_time": start + dt.timedelta(hours=1),
        "export_time": start + dt.timedelta(hours=5),
        "project_id": dice.choice([None, "shop", "222233334444"]),
        "project_name": dice.choice([None, 'Wéb\'s "shop"']),
        "project_labels": dice.choice(LABELS),
        "labels": dice.choice(LABELS),
        "tags": dice.choice(LABELS),
        "system_labels": {"compute.googleapis.com/cores": "4"},
        "location_region": "us-central1" if sku else dice.choice(["us-central1", None, "mars-north1"]),
        "location_zone": dice.choice([None, "us-central1-a"]),
        "cost": cost,
        "cost_at_list": dice.choice([None, cost * 2]),
        "cost_at_effective_price_default": dice.choice([None, cost]),
        "currency": "USD",
        "currency_conversion_rate": Decimal(1),
        "usage_amount": quantity * 3600,
        "usage_unit": "seconds",
        "usage_amount_in_pricing_units": quantity,
        "usage_pricing_unit": "hour",
        "price_effective_price": "0.107",
        "price_list_price": dice.choice([None, "0.2"]),
        "price_tier_start_amount": dice.choice([None, "0", "1024"]),
        "resource_name": dice.choice([None, "vm-1"]),
        "resource_global_name": dice.choice([None, f"//compute.googleapis.com/projects/p/instances/{number % 4}"]),
        "seller_name": dice.choice([None, None, "Acme Market"]),
        "credits": [
            {"name": None, "amount": amount, "full_name": None, "id": None, "type": None} | kind
            for kind, amount in given
        ],
    }
