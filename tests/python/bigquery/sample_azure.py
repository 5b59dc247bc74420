"""Azure's lines and prices of the sample: both datasets of every charge type, in two currencies of prices; a sheet.

Belongs here: what one line looks like, made by dice with a fixed seed. Does not belong here: tables (`raw_sample.py`).
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from .sample_lines import TAG_SETS, Line, money, next_month

_RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/49ed/reservations/F39D"
_PLAN = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/802a/savingsPlans/91FF"
_RESOURCES = (
    "/subscriptions/1CAA/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1",
    "/subscriptions/1caa/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/blobs",
    "/subscriptions/1caa/resourceGroups/rg/providers/Microsoft.Sql/servers/s/databases/d",
    None,
)
# charge type, pricing model, benefit, dataset it is in (both if None)
_KINDS = (
    *[("Usage", "OnDemand", None, None)] * 9,
    ("Usage", "Spot", None, None),
    ("Usage", "Reservation", _RESERVATION, None),
    ("Usage", "Savings Plan", _PLAN, None),
    ("Purchase", "Reservation", _RESERVATION.rsplit("/", 1)[0] + "/", "actual"),
    ("Purchase", "SavingsPlan", _PLAN, "actual"),
    ("Refund", "Reservation", _RESERVATION, "actual"),
    ("Purchase", "OnDemand", None, None),
    ("UnusedReservation", "Reservation", _RESERVATION, "amortized"),
    ("UnusedSavingsPlan", "SavingsPlan", _PLAN, "amortized"),
    ("Tax", None, None, None),
    ("Credit", None, None, None),
    ("RoundingAdjustment", None, None, None),
    (None, None, None, None),
)


def azure_lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give one month of Azure lines, both datasets, but for what only one of them has."""
    dice = random.Random(f"{source} {month} {restated}")
    lines = []
    for number, (kind, model, benefit, only) in enumerate(_KINDS):
        line = _line(dice, month, number, kind, model, benefit)
        for dataset in ("actual", "amortized"):
            if only in (None, dataset):
                is_free = dataset == "actual" and kind == "Usage" and benefit is not None and number % 2 == 0
                free = {"CostInBillingCurrency": Decimal(0), "CostInPricingCurrency": Decimal(0)} if is_free else {}
                lines.append({**line, "dataset": dataset, **free})
    return lines


def _line(
    dice: random.Random, month: dt.date, number: int, kind: str | None, model: str | None, benefit: str | None
) -> Line:
    cost = money(dice) * (-1 if kind in ("Refund", "Credit") else 1)
    start, day = dt.datetime.combine(month, dt.time()), month + dt.timedelta(days=dice.randrange(28))
    is_exchanged = number % 3 == 0
    return {
        "BillingAccountId": "8611537",
        "BillingAccountName": "Trey 'Research'",
        "BillingProfileId": dice.choice(["8611537", "PROF-1", None]),
        "BillingPeriodStartDate": start,
        "BillingPeriodEndDate": dice.choice([next_month(start) - dt.timedelta(days=1), None]),
        "BillingCurrency": "EUR",
        "InvoiceId": dice.choice(["G001", None]),
        "SubscriptionId": dice.choice(["1caa", "2bbb"]),
        "SubscriptionName": 'Wéb "shop"',
        "Date": dt.datetime.combine(day, dt.time()),
        "ChargeType": kind,
        "PricingModel": model,
        "Frequency": dice.choice(["UsageBased", "OneTime", "Recurring", None]),
        "PublisherType": dice.choice(["Azure", "Marketplace", None]),
        "PublisherName": dice.choice(["Microsoft", "Northwind", None]),
        "ProductName": "Virtual Machines BS Series - B1s",
        "ProductId": dice.choice(["DZH3", None]),
        "PartNumber": dice.choice(["AAA-1", None]),
        "MeterId": "f310",
        "MeterName": dice.choice(["B1s", "P4 LRS Disk"]),
        "MeterCategory": "Virtual Machines",
        "ConsumedService": dice.choice(["Microsoft.Compute", "microsoft.nobody", None]),
        "ResourceId": dice.choice(_RESOURCES),
        "ResourceLocation": dice.choice(["EastUS2", "mars north", None]),
        "UnitOfMeasure": dice.choice(["10K", "1 Hour", "one thing", None]),
        "AdditionalInfo": dice.choice([None, "{}", '{"UsageType":"ComputeHR","VMCapacityReservationId":"f8b4"}']),
        "Tags": dice.choice(TAG_SETS),
        "BenefitId": benefit,
        "BenefitName": "three years" if benefit else None,
        "Quantity": dice.choice([money(dice, 30), None]),
        "UnitPrice": dice.choice([Decimal("0.123456789"), Decimal("0.000000001"), Decimal(0), None]),
        "EffectivePrice": dice.choice([Decimal("0.123456789"), None]),
        "PayGPrice": dice.choice([Decimal("0.123456789"), Decimal("0.2"), Decimal(0), None]),
        "PricingCurrency": "USD" if is_exchanged else None,
        "ExchangeRatePricingToBilling": Decimal("0.923456789") if is_exchanged and number % 2 else None,
        "CostInBillingCurrency": cost,
        "CostInPricingCurrency": cost + 1 if is_exchanged else None,
        "PaygCostInBillingCurrency": dice.choice([None, cost * 2, Decimal(0)]) if is_exchanged else None,
    }


def azure_prices() -> list[Line]:
    """Give the price sheet of January, in both currencies: units of another size, tiers, and prices that do not fit."""
    common = {
        "billing_account_id": "8611537",
        "meter_id": "F310",
        "effective_start_date": dt.datetime(2026, 1, 1),  # noqa: DTZ001
        "effective_end_date": dt.datetime(2026, 2, 1),  # noqa: DTZ001
        "price_type": "Consumption",
    }
    prices = [
        ("10K", "AAA-1", 0, "0.5", "0.4"),
        ("100 Hours", None, 0, "13.5", "12.3456789"),
        ("100 Hours", None, 100, "12.5", "11.123456789"),
        ("One Thing", None, None, "0.7", "0.6"),
    ]
    sheet = [
        {
            **common,
            "unit_of_measure": unit,
            "part_number": part,
            "tier_minimum_units": tier,
            "currency": currency,
            "market_price": Decimal(at_list),
            "unit_price": Decimal(ours),
        }
        for currency in ("EUR", "USD")
        for unit, part, tier, at_list, ours in prices
    ]
    return [*sheet, {**sheet[0], "price_type": "SavingsPlan", "term": "P1Y", "unit_price": Decimal("0.1")}]
