"""Harbourline Outdoor, the made-up company: its accounts, its teams and the commitments that it bought.

Belongs here: who owns what and what was bought when, as data. Does not belong here: what runs (`fleet`), and how any of
it becomes billing lines (`usage`, `fees`). Money is whole micro-dollars (1e-6 USD), so that every hour of every term is
exact and a term's upfront fee is its hourly share times its hours, with nothing left over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .periods import EDP_FROM, EDP_PERCENT, month_start, parse_month, stable_uuid

PAYER = "900100200300"
PAYER_NAME = "Harbourline Holding"
FORGOTTEN_ACCOUNT = "000912237756"

NOBODY = "Unallocated"
"""The owner of what nobody owns."""


@dataclass(frozen=True)
class Account:
    """One usage account; `team` is the true owner of what has no owner of its own in it."""

    account_id: str
    name: str
    team: str
    division: str


ACCOUNTS = (
    Account(PAYER, PAYER_NAME, "platform", "Technology"),
    Account("004471120093", "checkout-prod", "checkout", "Shop"),
    Account("118820047731", "search-prod", "search", "Shop"),
    Account("227701185540", "payments-prod", "payments", "Shop"),
    Account("335509921174", "growth", "growth", "Marketing"),
    Account("034418820716", "data-science", "data", "Technology"),
    Account("446618830025", "mobile", "mobile", "Shop"),
    Account("559920013347", "shared-platform", "platform", "Technology"),
    Account("661130054482", "security-tooling", "security", "Technology"),
    Account(FORGOTTEN_ACCOUNT, "legacy-lab", NOBODY, ""),
    Account("772241165593", "dev-sandbox", NOBODY, "Technology"),
)

TEAMS = ("checkout", "search", "payments", "growth", "data", "mobile", "platform", "security")
RENAMED_TEAM, NEW_TEAM_NAME = "growth", "customer-growth"


@dataclass(frozen=True)
class Commitment:
    """A Savings Plan or a reservation; rates are micro-dollars per hour (of one unit, for a reservation)."""

    key: str
    kind: str
    account_id: str
    arn: str
    payment_option: str
    start: datetime
    end: datetime
    amortized: int
    recurring: int
    units: int
    is_discounted_upfront: bool
    product_code: str
    offering: str
    instance_type: str
    region: str
    returned_at: datetime | None = None

    @property
    def term_hours(self) -> int:
        """Hours of the whole term."""
        return int((self.end - self.start) / timedelta(hours=1))

    @property
    def hourly(self) -> int:
        """What one hour truly costs: amortized upfront and recurring fee."""
        return self.amortized + self.recurring

    @property
    def upfront(self) -> int:
        """The one-time fee of the whole commitment, in micro-dollars."""
        return self.amortized * self.term_hours * self.units

    @property
    def net_amortized(self) -> int:
        """The hourly share of the upfront fee as it was discounted, in hundredths of a micro-dollar."""
        return self.amortized * (100 - EDP_PERCENT if self.is_discounted_upfront else 100)

    @property
    def net_recurring(self) -> int:
        """The discounted recurring fee of an hour in hundredths of a micro-dollar."""
        return self.recurring * (100 - EDP_PERCENT)


def _arn(kind: str, product: str, account: str, seed: int, key: str) -> str:
    uuid = stable_uuid("commitment", seed, key)
    if kind == "SP":
        return f"arn:aws:savingsplans::{account}:savingsplan/{uuid}"
    if product == "AmazonEC2":
        return f"arn:aws:ec2:us-east-1:{account}:reserved-instances/{uuid}"
    service = {"AmazonRDS": "rds", "AmazonElastiCache": "elasticache"}[product]
    return f"arn:aws:{service}:us-east-1:{account}:ri:ri-{uuid[:13]}"


def commitments(start: str, seed: int) -> list[Commitment]:
    """Return what the company bought before and during a simulation whose story starts in the month `start`."""
    first = parse_month(start)

    def day(month: int, number: int, hour: int = 0) -> datetime:
        return month_start(first, month) + timedelta(days=number - 1, hours=hour)

    def one(
        key: str,
        kind: str,
        option: str,
        begin: datetime,
        rates: tuple[int, int],
        what: tuple[str, str, str],
        units: int,
    ) -> Commitment:
        product, offering, instance_type = what
        account = (
            PAYER if kind == "SP" else {"ri-db": "004471120093", "ri-cache": "118820047731"}.get(key, "559920013347")
        )
        return Commitment(
            key=key,
            kind=kind,
            account_id=account,
            arn=_arn(kind, product, account, seed, key),
            payment_option=option,
            start=begin,
            end=begin + timedelta(days=365),
            amortized=rates[0],
            recurring=rates[1],
            units=units,
            is_discounted_upfront=begin >= month_start(first, EDP_FROM),
            product_code=product,
            offering=offering,
            instance_type=instance_type,
            region="us-east-1" if kind == "RI" or offering == "EC2InstanceSavingsPlans" else "",
            returned_at=day(2, 3, 10) if key == "sp-mistake" else None,
        )

    compute = ("ComputeSavingsPlans", "ComputeSavingsPlans", "")
    ec2_plan = ("ComputeSavingsPlans", "EC2InstanceSavingsPlans", "c5")
    expiry = day(3, 20) - timedelta(days=365)
    return [
        one("sp-web", "SP", "All Upfront", expiry, (1_520_000, 0), compute, 1),
        one("sp-big", "SP", "No Upfront", day(1, 1), (0, 11_500_000), compute, 1),
        one("sp-ec2", "SP", "Partial Upfront", day(1, 15, 17), (1_100_000, 1_100_000), ec2_plan, 1),
        one("sp-mistake", "SP", "All Upfront", day(1, 28, 15), (500_000, 0), compute, 1),
        one("ri-db", "RI", "Partial Upfront", day(-4, 1), (420_000, 480_000), ("AmazonRDS", "", "db.r5.4xlarge"), 2),
        one("ri-cache", "RI", "No Upfront", day(-3, 1), (0, 310_000), ("AmazonElastiCache", "", "cache.r6g.xlarge"), 1),
        one("ri-node", "RI", "All Upfront", day(1, 10, 9), (460_000, 0), ("AmazonEC2", "", "m5.4xlarge"), 1),
    ]
