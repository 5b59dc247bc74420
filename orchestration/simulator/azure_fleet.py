"""What Harbourline Outdoor runs on Azure and what it promised to use: resources with their prices, and commitments.

Belongs here: the facts that no day changes. Does not belong here: what happens on a day (`azure_story`), how exports
look (`azure_exports`). Money is in EUR, whole 1e-10 of it, as in the other vendors.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .periods import stable_uuid

ENROLLMENT = "8417520"
SUBSCRIPTIONS = {"shop": "5b1f0a52-7c34-4e0b-9d11-2a6f3c8e9001", "lab": "c0de77aa-18f2-4c61-8a3e-90b4d5f20002"}


@dataclass(frozen=True)
class Resource:
    """What runs: `quantity` thousandths of a unit a day give or take a fifth; prices per unit, ours and the public.

    `unpriced`: price columns that its lines leave at 0. In the price sheet a unit may be a larger one, so many times
    as much; above 10,240 of them a unit may cost less (`tier_price`).
    """

    name: str
    subscription: str
    type: str
    category: str
    meter: str
    unit: str
    quantity: int
    price: int
    list_price: int
    team: str | None
    environment: str | None
    commitment: str | None = None
    unpriced: tuple[str, ...] = ()
    sheet_unit: str = ""
    sheet_scale: int = 1
    tier_price: int = 0

    @property
    def part_number(self) -> str:
        """What enterprise agreements call the price."""
        return f"AAA-{stable_uuid(self.meter)[:5]}"


RESOURCES = (
    Resource("api-1", "shop", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D4s v5", "1 Hour",
              20_000, 1_980_000_000, 2_200_000_000, "checkout", "prod", "reserved"),
    Resource("api-2", "shop", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D4s v5", "1 Hour",
              17_000, 1_980_000_000, 2_200_000_000, "checkout", "prod", "reserved"),
    Resource("batch", "lab", "Microsoft.Compute/virtualMachines", "Virtual Machines", "D2s v5", "1 Hour",
              16_000, 990_000_000, 1_100_000_000, "data", "staging", "returned"),
    Resource("web", "shop", "Microsoft.Compute/virtualMachineScaleSets", "Virtual Machines", "F4s v2", "1 Hour",
              20_000, 1_800_000_000, 2_000_000_000, "growth", "prod", "plan",
             ("UnitPrice", "PayGPrice"), "100 Hours", 100),
    Resource("orders", "shop", "Microsoft.Sql/servers", "SQL Database", "vCore", "1 Hour",
              48_000, 1_260_000_000, 1_400_000_000, "payments", "prod", None, ("PayGPrice",), "100 Hours", 100),
    Resource("images", "shop", "Microsoft.Storage/storageAccounts", "Storage", "Hot Read Operations", "10K",
              7_300, 43_000_000, 43_000_000, "search", "prod", None, ("UnitPrice", "PayGPrice"), "1M", 100),
    Resource("disk-1", "lab", "Microsoft.Compute/disks", "Storage", "P10 LRS Disk", "1/Month",
              33, 197_100_000_000, 219_000_000_000, "data", "staging"),
    Resource("edge", "shop", "Microsoft.Network/publicIPAddresses", "Bandwidth", "Standard Data Transfer Out", "1 GB",
              61_000, 783_000_000, 870_000_000, None, None, None, ("PayGPrice",), tier_price=747_000_000),
)  # fmt: skip


@dataclass(frozen=True)
class Commitment:
    """What was promised: so many thousandths of a unit a day at a price per unit."""

    key: str
    benefit: str
    name: str
    model: str
    daily: int
    price: int

    @property
    def order(self) -> str:
        """The order that a purchase names."""
        return self.benefit.split("/")[4]

    @property
    def daily_cost(self) -> int:
        """What a day of it costs."""
        return self.daily * self.price // 1000


def commitments(seed: int) -> dict[str, Commitment]:
    """List the commitments by key; their ids depend on the seed."""

    def capacity(key: str) -> str:
        order, one = stable_uuid("order", key, seed), stable_uuid("reservation", key, seed)
        return f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{one}"

    plan = f"{stable_uuid('plan order', seed)}/savingsPlans/{stable_uuid('plan', seed)}"
    found = (
        Commitment("reserved", capacity("reserved"), "shop-api", "Reservation", 48_000, 1_210_000_000),
        Commitment("returned", capacity("returned"), "lab-batch", "Reservation", 24_000, 640_000_000),
        Commitment("plan", f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{plan}", "compute", "SavingsPlan",
                    20_000, 1_300_000_000),
    )  # fmt: skip
    return {commitment.key: commitment for commitment in found}


def us_date(day: date) -> str:
    """Write a day as Azure does, month first."""
    return f"{day:%m/%d/%Y}"


def number_text(units: int, decimals: int) -> str:
    """Write so many units of the last decimal as Azure does: without trailing zeros, never in powers of ten."""
    text = f"{Decimal(units).scaleb(-decimals):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
