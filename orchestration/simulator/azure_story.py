"""A month of Azure, day by day: what is used, covered, left over, bought and given back, and what is true about it.

Belongs here: one `Line` per charge, with its columns and its cost in actual and in amortized cost. Does not belong
here: files (`azure_exports`).
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from .azure_fleet import RESOURCES, SUBSCRIPTIONS, Commitment, Resource, commitments, number_text, us_date
from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .periods import RENAME_AT, Month, stable_uuid

_TERM_DAYS = 365
_RETURNED_AT = 2
"""In this month of the simulation, counted from 0, the second reservation is given back."""


@dataclass(frozen=True)
class Line:
    """One charge: its columns, its cost in actual and in amortized cost (None: no line there), and what is true."""

    kind: str
    values: dict[str, object]
    actual: int | None
    amortized: int | None
    billed: int
    effective: int
    list_cost: int
    team: str | None = None
    environment: str | None = None
    commitment: str | None = None

    @property
    def dataset(self) -> str:
        """Where the line that counts stands: of two that say the same, the bill's."""
        covered = self.kind == "azure_covered_usage"
        return "amortized" if covered or self.actual is None else "actual"


class Story:
    """What happens in a month; the same for every refresh of it, which only holds fewer days."""

    def __init__(self, month: Month, months: list[Month], seed: int, copies: int) -> None:
        """Tell the month out of `months`, the whole simulation."""
        self.month, self.seed, self.copies = month, seed, copies
        self.bought = months[0].start.date() + timedelta(days=2)
        later = months[_RETURNED_AT : _RETURNED_AT + 1]
        self.returned = later[0].start.date() + timedelta(days=9) if later else None
        self.commitments = commitments(seed)

    def lines(self, days: int, *, is_final: bool) -> list[Line]:
        """List the lines of the first days of the month."""
        lines: list[Line] = []
        for number in range(days):
            day = self.month.start.date() + timedelta(days=number)
            used = dict.fromkeys(self.commitments, 0)
            for copy in range(self.copies):
                for resource in RESOURCES:
                    lines += self._usage(resource, day, copy, used)
            lines += [
                self._unused(item, day, used[key]) for key, item in self.commitments.items() if self._holds(key, day)
            ]
            lines += self._bought(day)
        first = self.month.start.date()
        saas = {"ChargeType": "Purchase", "PublisherType": "Marketplace", "PublisherName": "Skylark Systems Ltd"}
        saas |= {
            "ProductName": "Skylark Search, Team plan",
            "Frequency": "Recurring",
            "Quantity": "1",
            "PayGPrice": "0",
        }
        saas |= {"SubscriptionId": SUBSCRIPTIONS["shop"], "SubscriptionName": "shop", "Date": us_date(first)}
        cost = 1_490_000_000_000
        lines.append(Line("azure_marketplace", saas, cost, cost, cost, cost, cost))
        if is_final:
            rounding = {"ChargeType": "RoundingAdjustment", "Frequency": "OneTime", "Date": us_date(first)}
            lines.append(Line("azure_rounding", rounding, -37, -37, -37, -37, -37))
        return lines

    def _holds(self, key: str, day: date) -> bool:
        if key == "plan":
            return True
        is_back = key == "returned" and self.returned is not None and day >= self.returned
        return self.bought <= day < self.bought + timedelta(days=_TERM_DAYS) and not is_back

    def _usage(self, resource: Resource, day: date, copy: int, used: dict[str, int]) -> list[Line]:
        dice = random.Random(f"{self.seed} {day} {resource.name} {copy}")
        quantity = resource.quantity * dice.randrange(80, 121) // 100
        covered = 0
        if resource.commitment and self._holds(resource.commitment, day):
            promised = self.commitments[resource.commitment].daily * self.copies - used[resource.commitment]
            covered = min(quantity, promised)
            used[resource.commitment] += covered
        renamed = self.month.index >= RENAME_AT and resource.team == RENAMED_TEAM
        team = NEW_TEAM_NAME if renamed else resource.team
        lines = []
        for part, item in ((covered, self.commitments.get(resource.commitment or "")), (quantity - covered, None)):
            if part == 0:
                continue
            at_list, at_ours = resource.list_price * part // 1000, resource.price * part // 1000
            cost = item.price * part // 1000 if item else at_ours
            values = _resource_columns(resource, day, copy, part, team) | (_benefit(item) if item else {})
            lines.append(
                Line(
                    "azure_covered_usage" if item else "azure_usage", values, 0 if item else cost, cost,
                    0 if item else cost, cost, at_list, team, resource.environment, item.benefit if item else None,
                )
            )  # fmt: skip
        return lines

    def _unused(self, item: Commitment, day: date, used: int) -> Line:
        rest = item.daily * self.copies - used
        cost = item.price * rest // 1000
        values = _benefit(item) | {
            "ChargeType": f"Unused{item.model}",
            "Date": us_date(day),
            "Frequency": "UsageBased",
            "Quantity": number_text(rest, 3),
            "UnitOfMeasure": "1 Hour",
            "ConsumedService": "Microsoft.Compute",
            "ProductName": f"Unused {item.name}",
        }
        return Line("azure_unused", values, None, cost, 0, cost, 0, commitment=item.benefit)

    def _bought(self, day: date) -> list[Line]:
        """List what is paid or given back on a day."""
        lines = []
        for key, item in self.commitments.items():
            paid, kind = 0, "Purchase"
            if key == "plan" and day == self.month.start.date():
                paid = item.daily_cost * (self.month.end - self.month.start).days
            elif key != "plan" and day == self.bought:
                paid = item.daily_cost * _TERM_DAYS
            elif key == "returned" and day == self.returned:
                paid, kind = -item.daily_cost * (_TERM_DAYS - (day - self.bought).days), "Refund"
            if paid:
                cost = paid * self.copies
                values = _benefit(item) | {
                    "ChargeType": kind,
                    "Date": us_date(day),
                    "Frequency": "Recurring" if key == "plan" else "OneTime",
                    "Quantity": "1" if paid > 0 else "-1",
                    "ProductName": item.name,
                    "PayGPrice": "0",
                }
                if kind == "Purchase" and key != "plan":  # a purchase names the order alone
                    values["benefitId"] = item.benefit.rsplit("/", 1)[0] + "/"
                truth = "commitment_purchase" if kind == "Purchase" else "upfront_refund"
                lines.append(Line(truth, values, cost, None, cost, 0, 0, commitment=item.benefit))
        return lines


def _resource_columns(resource: Resource, day: date, copy: int, quantity: int, team: str | None) -> dict[str, object]:
    name = resource.name if copy == 0 else f"{resource.name}-{copy}"
    subscription = SUBSCRIPTIONS[resource.subscription]
    provider = resource.type.split("/")[0]
    # Azure writes the same id in several cases, and tags without their braces.
    path = f"/subscriptions/{subscription}/resourceGroups/{resource.subscription}/providers/{resource.type}/{name}"
    tags = [f'"team": "{team}"', f'"env": "{resource.environment}"'] if team else []
    prices = {"UnitPrice": resource.price, "EffectivePrice": resource.price, "PayGPrice": resource.list_price}
    return {
        "SubscriptionId": subscription,
        "SubscriptionName": resource.subscription,
        "ResourceGroup": resource.subscription,
        "ResourceLocation": "EU West" if copy % 2 else "westeurope",
        "Date": us_date(day),
        "ProductName": f"{resource.category} - {resource.meter} - EU West",
        "MeterCategory": resource.category,
        "MeterId": stable_uuid("meter", resource.meter),
        "MeterName": resource.meter,
        "UnitOfMeasure": resource.unit,
        "Quantity": number_text(quantity, 3),
        **{name: "0" if name in resource.unpriced else number_text(price, 10) for name, price in prices.items()},
        "ConsumedService": provider if day.day % 2 else provider.lower(),
        "ResourceId": path if day.day % 3 else path.lower(),
        "ResourceName": name,
        "Tags": ",".join(tags),
        "PublisherType": "Azure",
        "PublisherName": "Microsoft",
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
        "PartNumber": resource.part_number,
        "OfferId": "MS-AZR-0017P",
    }


def _benefit(item: Commitment) -> dict[str, object]:
    reservation = {"ReservationId": item.benefit.rsplit("/", 1)[1], "ReservationName": item.name}
    return {
        "benefitId": item.benefit,
        "benefitName": item.name,
        "PricingModel": item.model,
        "ProductOrderId": item.order,
        "Term": "12",
        "PublisherType": "Azure",
        "SubscriptionId": SUBSCRIPTIONS["shop"],
        "SubscriptionName": "shop",
        **(reservation if item.model == "Reservation" else {}),
    }
