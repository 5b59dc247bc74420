"""The front door at work: each new delivery is judged before the ledger records it, and all of them on one page.

Great Expectations judges; it takes half a second per call whatever it is given, so that a delivery goes there alone
only when the same limits, compared here first, say that it will be refused. All that pass go there together at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.doors import front, gx
from orchestration.errors import DeliveryRejected, FinopsError
from orchestration.formats import FORMATS

if TYPE_CHECKING:
    from decimal import Decimal

    from orchestration.doors.checks import CheckResult
    from orchestration.landing import Delivery
    from orchestration.settings import Settings


class FrontDoor:
    """Judges the deliveries of one run; `inspect` is what the landing calls."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is imported before the first delivery."""
        self._settings = settings
        self._profiles: list[dict[str, Any]] = []
        self._refused: list[CheckResult] = []

    def inspect(self, delivery: Delivery, current: Delivery | None) -> None:
        """Take note of a delivery; DeliveryRejected if it breaks a critical expectation."""
        if not self._profiles:
            gx.preload()  # goes on while the landing reads the next files
        profile = profile_of(delivery, current)
        if breaks_a_limit(profile):
            results = front.check_deliveries([profile], self._settings)
            failed = [result for result in results if result.blocks]
            if failed:
                self._refused += results
                reasons = " ".join(result.sentence() for result in failed)
                month = f"{delivery.billing_month:%Y-%m}"
                raise DeliveryRejected(
                    f"Source {delivery.source_name}, month {month}: refused at the front door. {reasons} Export it "
                    "again, or correct what is wrong at the provider."
                )
        self._profiles.append(profile)

    def finish(self) -> list[CheckResult]:
        """Check all deliveries that were taken, for the page and the warnings; return every result of this run."""
        results = front.check_deliveries(self._profiles, self._settings)
        failed = [result for result in results if result.blocks]
        if failed:
            raise FinopsError(
                f"The front door took a delivery that it then refused: {failed[0].sentence()} This is a "
                "defect; nothing was published."
            )
        return [*self._refused, *results]


def profile_of(delivery: Delivery, current: Delivery | None) -> dict[str, Any]:
    """Return what the front door looks at: a delivery's own counts beside those of the one that is current."""
    counts, is_bill = delivery.profile, FORMATS[delivery.format].is_bill
    start = delivery.billing_month
    if current is not None and current.is_newer_than(delivery.order_basis, delivery.order_stamp):
        current = None  # an older delivery that arrives late: the one before it is not known
    return {
        "source_name": delivery.source_name,
        "billing_month": start,
        "delivery_id": delivery.delivery_id,
        "row_count": delivery.row_count,
        "period_start": start,
        "period_end": (start + timedelta(days=32)).replace(day=1),
        "first_charge_date": counts.get("first_charge"),
        "last_charge_date": counts.get("last_charge"),
        # A missing service is no reason to refuse a bill: taxes and fees of some providers have none. What is no bill
        # need not have accounts and currencies at all.
        "null_account_count": counts.get("null_account_count") if is_bill else None,
        "empty_rows": counts.get("empty_counts"),
        "cost": _bill(delivery)[0] if is_bill else None,
        "previous_cost": _bill(current)[0] if is_bill and current else None,
        "bill_row_count": _bill(delivery)[1],
        "previous_row_count": _bill(current)[1] if current else None,
        "previous_last_charge_date": current.profile.get("last_charge") if current else None,
        "unexplained_row_count": counts.get("unexplained_count", 0),
        "unexplained": counts.get("unexplained"),
        "duplicate_row_count": delivery.duplicate_row_count,
        "duplicate_cost": delivery.duplicate_costs,
    }


def _bill(delivery: Delivery) -> tuple[dict[str, Decimal], int]:
    """Give cost by currency and rows of the dataset that is the bill; the others say the same charges again."""
    bill = FORMATS[delivery.format].bill_dataset({cost.dataset for cost in delivery.costs})
    costs = [cost for cost in delivery.costs if not bill or cost.dataset == bill]
    return {cost.billing_currency: cost.raw_cost for cost in costs}, sum(cost.row_count for cost in costs)


def breaks_a_limit(profile: Mapping[str, Any]) -> bool:
    """Say whether a critical expectation is going to fail; a fact that is not known passes."""
    facts = front.facts(profile)
    for plan in front.PLANS:
        value, limits = facts.get(plan.arguments["column"]), plan.arguments
        if plan.severity != "critical" or value is None:
            continue
        too_low = "min_value" in limits and value < limits["min_value"]
        too_high = "max_value" in limits and value > limits["max_value"]
        if too_low or too_high or (limits.get("strict_max") and value == limits["max_value"]):
            return True
    return False
