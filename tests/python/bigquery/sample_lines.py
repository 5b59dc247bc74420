"""The raw lines of the sample: AWS bills with every line item type, FOCUS charges in two currencies.

Belongs here: what one line looks like, made by dice with a fixed seed. Does not belong here: tables (`raw_sample.py`).
A line is a dict of canonical column names; what it leaves out is null.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

Line = dict[str, Any]

SAVINGS_PLAN = "arn:aws:savingsplans::111122223333:savingsplan/5f2a"
RESERVATION = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/9c11"
TAG_SETS: tuple[dict[str, str | None] | None, ...] = (
    None,
    {},
    {"user:team": "web", "user:env": "prod"},
    {"user:env": "prod", "user:team": "web"},
    {"user:Team": " Web ", "cost-center": "CC 1"},
    {"user:team": "wéb 🚀", 'quo"te': "back\\slash", "line": "two\nlines\tand a tab"},
    {"team": "'; drop table x; --", "environment": "<b>prod</b>"},
    {"user:team": None, "user:env": ""},
)


def money(dice: random.Random, upper: int = 90) -> Decimal:
    """Throw an amount below `upper` with nine decimals."""
    return Decimal(dice.randrange(upper * 10**9)) / 10**9


def aws_lines(source: str, month: dt.date, *, net_share: Decimal | None, restated: bool) -> list[Line]:
    """Give one month of AWS lines: every line item type, in gross or net mode, over a few accounts and days."""
    dice = random.Random(f"{source} {month} {restated}")
    lines = [_aws_line(dice, source, month, "Usage", number) for number in range(24)]
    lines += [_aws_line(dice, source, month, kind, 50 + n) for n, kind in enumerate(_AWS_TYPES)]
    lines[0] |= {"line_item_unblended_cost": Decimal("0.000000001"), "line_item_resource_id": None}
    lines[1] |= {"line_item_usage_type": "EUW1-SpotUsage:m5.large"}
    lines.append(dict(lines[2]))  # two lines alike in every column
    for line in lines:
        kind, cost = line["line_item_line_item_type"], line["line_item_unblended_cost"]
        if kind == "SavingsPlanCoveredUsage":
            line.update(_SAVINGS_PLAN_USE)
            negation = line | {"line_item_line_item_type": "SavingsPlanNegation", "line_item_unblended_cost": -cost}
            lines.append(negation | {"identity_line_item_id": line["identity_line_item_id"] + "n"})
        if net_share is not None:
            line["line_item_net_unblended_cost"] = round(cost * net_share, 9)
    if restated:  # a late negation that cancels nothing
        lines.append(lines[-1] | {"identity_line_item_id": "late", "line_item_unblended_cost": Decimal("-0.25")})
    return lines


_SAVINGS_PLAN_USE = {
    "savings_plan_savings_plan_a_r_n": SAVINGS_PLAN,
    "savings_plan_savings_plan_effective_cost": Decimal("3.123456789"),
    "savings_plan_net_savings_plan_effective_cost": Decimal("2.9"),
}
_AWS_TYPES: dict[str, Line] = {
    "SavingsPlanCoveredUsage": {},
    "SavingsPlanUpfrontFee": {"savings_plan_savings_plan_a_r_n": SAVINGS_PLAN},
    "SavingsPlanRecurringFee": {
        "savings_plan_savings_plan_a_r_n": SAVINGS_PLAN,
        "savings_plan_total_commitment_to_date": Decimal("10"),
        "savings_plan_used_commitment": Decimal("3.123456789"),
        "savings_plan_net_amortized_upfront_commitment_for_billing_period": Decimal("4"),
        "savings_plan_net_recurring_commitment_for_billing_period": Decimal("5.5"),
    },
    "DiscountedUsage": {
        "reservation_reservation_a_r_n": RESERVATION,
        "reservation_effective_cost": Decimal("1.000000007"),
        "line_item_unblended_cost": Decimal(0),
    },
    "RIFee": {
        "reservation_reservation_a_r_n": RESERVATION,
        "reservation_unused_amortized_upfront_fee_for_billing_period": Decimal("10"),
        "reservation_unused_recurring_fee": Decimal("0.000000001"),
        "reservation_unused_quantity": Decimal("100"),
        "reservation_total_reserved_units": "744",
    },
    "Fee": {"reservation_reservation_a_r_n": RESERVATION, "bill_bill_type": "Purchase"},
    "Tax": {"line_item_resource_id": None, "line_item_tax_type": "VAT"},
    "Credit": {"line_item_unblended_cost": Decimal("-3.3")},
    "Refund": {"line_item_unblended_cost": Decimal("-1.1")},
    "EdpDiscount": {"line_item_unblended_cost": Decimal("-0.9")},
    "BundledDiscount": {"line_item_unblended_cost": Decimal("-0.000000003")},
}


def _aws_line(dice: random.Random, source: str, month: dt.date, kind: str, number: int) -> Line:
    start = dt.datetime.combine(month, dt.time()) + dt.timedelta(hours=dice.randrange(24 * 28))
    end = start + dt.timedelta(hours=1)
    if kind in ("RIFee", "Fee"):
        start = dt.datetime.combine(month, dt.time())
        end = next_month(start) - dt.timedelta(seconds=1)
    cost = money(dice)
    code = dice.choice(["AmazonEC2", "AmazonRDS", "AmazonS3", "SomethingUnheardOf"])
    return {
        "identity_line_item_id": f"{source}-{month}-{number}",
        "bill_bill_type": "Anniversary",
        "bill_billing_entity": dice.choice(["AWS", "AWS Marketplace"]),
        "bill_billing_period_start_date": dt.datetime.combine(month, dt.time()),
        "bill_billing_period_end_date": next_month(dt.datetime.combine(month, dt.time())),
        "bill_invoice_id": dice.choice([None, "INV-1"]),
        "bill_payer_account_id": "111122223333",
        "line_item_usage_account_id": dice.choice(["111122223333", "222233334444", "333344445555"]),
        "line_item_usage_account_name": dice.choice([None, 'Wéb\'s "shop"']),
        "line_item_usage_start_date": start,
        "line_item_usage_end_date": end,
        "line_item_line_item_type": kind,
        "line_item_line_item_description": dice.choice([None, "$0.1 per hour\nof <b>use</b>"]),
        "line_item_legal_entity": "Amazon Web Services EMEA SARL",
        "line_item_product_code": code,
        "line_item_usage_type": dice.choice([None, "EUW1-BoxUsage:m5.large"]),
        "line_item_operation": "RunInstances",
        "line_item_resource_id": f"i-{dice.randrange(6)}",
        "line_item_availability_zone": dice.choice([None, "", "eu-west-1a"]),
        "product_region_code": dice.choice(["eu-west-1", "us-east-1", None, "mars-north-1"]),
        "product_sku": "SKU1",
        "pricing_rate_code": "SKU1.JRTC",
        "pricing_unit": dice.choice(["Hrs", "GB-Mo", None]),
        "pricing_term": "OnDemand",
        "pricing_public_on_demand_rate": dice.choice(["0.107", "0.0000000004", None]),
        "line_item_unblended_rate": "0.1",
        "product": {"product_name": "Amazon Elastic Compute Cloud", "servicename": code},
        "resource_tags": dice.choice(TAG_SETS),
        "line_item_usage_amount": money(dice, 3),
        "line_item_currency_code": "USD",
        "line_item_unblended_cost": cost,
        "pricing_public_on_demand_cost": dice.choice([None, cost * 2]),
        **_AWS_TYPES.get(kind, {}),
    }


def focus_lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give one month of FOCUS charges in two currencies, with used and unused commitment."""
    dice = random.Random(f"{source} {month} {restated}")
    return [_focus_line(dice, month, number) for number in range(36)]


def _focus_line(dice: random.Random, month: dt.date, number: int) -> Line:
    start = dt.datetime.combine(month, dt.time()) + dt.timedelta(days=dice.randrange(28))
    cost = money(dice) if number % 7 else Decimal(-1)
    status = dice.choice([None, None, "Used", "Unused"])
    return {
        "BilledCost": Decimal(0) if status else cost,
        "EffectiveCost": dice.choice([cost, cost, Decimal(0)]),
        "ListCost": cost * 2,
        "ContractedCost": dice.choice([cost, cost, None]),
        "BillingAccountId": "saas-1",
        "BillingAccountName": "Äccount 'one'",
        "BillingCurrency": "EUR" if number % 3 else "USD",
        "BillingPeriodStart": dt.datetime.combine(month, dt.time()),
        "BillingPeriodEnd": next_month(dt.datetime.combine(month, dt.time())),
        "ChargeCategory": "Usage" if status else dice.choice(["Usage", "Usage", "Tax", "Credit", "Purchase"]),
        "ChargeClass": dice.choice([None, "Correction"]),
        "ChargeDescription": "Seats\twith a tab, a \\ and a 'quote'",
        "ChargeFrequency": dice.choice(["Usage-Based", "usage-based", "Sometimes", None]),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + dt.timedelta(days=1),
        "CommitmentDiscountId": "cd-1" if status else None,
        "CommitmentDiscountCategory": "Spend" if status else None,
        "CommitmentDiscountType": "Plan" if status else None,
        "CommitmentDiscountStatus": status,
        "CommitmentDiscountQuantity": Decimal("0.000000001") if status else None,
        "ConsumedQuantity": money(dice, 2),
        "ConsumedUnit": "Seats",
        "InvoiceIssuerName": "Saas Inc.",
        "PricingQuantity": money(dice, 2),
        "PricingUnit": "Seats",
        "ProviderName": dice.choice(["Saas", None, "Oracle"]),
        "PublisherName": "Saas Publisher",
        "RegionId": dice.choice([None, "eu", "us-phoenix-1"]),
        "ResourceId": dice.choice([None, "seat/1", "seat/2"]),
        "ServiceCategory": "Other",
        "ServiceName": "Seats & Relational things",
        "SubAccountId": dice.choice([None, "sub-1"]),
        "SubAccountName": "Sub",
        "Tags": dice.choice(TAG_SETS),
        "x_provider_columns": dice.choice([None, {"x_Plan": "gold"}]),
    }


def next_month(start: dt.datetime) -> dt.datetime:
    """Give the first moment of the month after."""
    return (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
