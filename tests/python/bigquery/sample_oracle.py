"""The raw lines of Oracle's cost report in the sample: corrections, overage, tags per file, ids of every kind."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from .sample_lines import TAG_SETS, money

if TYPE_CHECKING:
    from .sample_lines import Line


def oracle_lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give one month of lines."""
    dice = random.Random(f"{source} {month} {restated}")
    return [_line(dice, month, number) for number in range(20)]


def _line(dice: random.Random, month: dt.date, number: int) -> Line:
    start = dt.datetime.combine(month, dt.time()) + dt.timedelta(hours=dice.randrange(24 * 28))
    cost = money(dice) if number % 6 else -money(dice)
    return {
        "line_item_reference_no": f"{month}-{number}",
        "line_item_tenant_id": "ocid1.tenancy.oc1..t",
        "line_item_interval_usage_start": start,
        "line_item_interval_usage_end": start + dt.timedelta(hours=1),
        "line_item_is_correction": "false" if number % 6 else "TRUE",
        "line_item_backreference_no": None if number % 6 else f"{month}-{number + 1}",
        "product_service": dice.choice(["COMPUTE", "BLOCK_STORAGE", "Block Storage", "SOMETHING_UNHEARD_OF"]),
        "product_description": "Standard - E4 - Memory",
        "product_compartment_id": "ocid1.compartment.oc1..c",
        "product_compartment_name": dice.choice([None, "shop", "wéb 'n' more"]),
        "product_region": dice.choice([None, "us-phoenix-1", "mars-1"]),
        "product_availability_domain": dice.choice([None, "phx-1"]),
        "product_resource_id": dice.choice([None, "oci_blockstore", "ocid1.instance.oc1.phx.x", "ocid1."]),
        "usage_billed_quantity": money(dice, 3),
        "cost_subscription_id": dice.choice([None, "s-1"]),
        "cost_product_sku": "B93114",
        "cost_unit_price": dice.choice([None, money(dice, 1)]),
        "cost_my_cost": cost,
        "cost_my_cost_overage": dice.choice([None, cost]),
        "cost_overage_flag": dice.choice(["true", "false", None]),
        "cost_currency_code": "USD",
        "cost_billing_unit_readable": "1 GiB HOURS MEMORY",
        "cost_sku_unit_description": "GB Hours",
        "tags": dice.choice(TAG_SETS),
    }
