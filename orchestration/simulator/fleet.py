"""What runs at Harbourline Outdoor: every resource with its price, its rhythm, its true owner and its tags.

Belongs here: reading `fleet.yml`, and the resources that come in numbers (a runaway job, small functions, forgotten
buckets and snapshots). Does not belong here: accounts, teams and commitments (`company`), when something happens
(`story`), and the arithmetic that turns a resource into hourly lines (`usage`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .company import ACCOUNTS
from .periods import FAR_AWAY, LONG_AGO
from .story import Event, events

COST_CENTERS = {
    "checkout": "CC-101",
    "search": "CC-102",
    "payments": "CC-103",
    "mobile": "CC-104",
    "growth": "CC-201",
    "customer-growth": "CC-201",
    "data": "CC-301",
    "platform": "CC-302",
    "security": "CC-303",
}
_ACCOUNT_IDS = {account.name: account.account_id for account in ACCOUNTS}


@dataclass(frozen=True)
class Service:
    """How a service looks in an AWS export; `id` is the form of its resource ids."""

    code: str
    name: str
    family: str
    service: str
    usage_type: str
    operation: str
    unit: str
    id: str


@dataclass(frozen=True)
class Resource:
    """One resource; the units of its numbers stand at the head of `fleet.yml`.

    `pattern` is one of always, weekdays, office (weekdays, ten hours), nightly (two hours), daily (one line a day) and
    sparse (`permille` of the hours, by chance).
    """

    name: str
    service: Service
    account_id: str
    team: str
    price: str
    pattern: str = "always"
    quantity: int = 1000
    instance_type: str = ""
    evidence: str = "tag"
    product: str = ""
    environment: str = "prod"
    tags: dict[str, str] = field(default_factory=dict)
    noise: int = 0
    growth: int = 0
    permille: int = 0
    commitment: str = ""
    plan_rate: int = 0
    region: str = "us-east-1"
    starts: datetime = LONG_AGO
    ends: datetime = FAR_AWAY
    has_price_rise: bool = False
    is_repeated: bool = False

    @property
    def id_form(self) -> str:
        """The resource id with `{hash}` left for the part that makes it unique."""
        return self.service.id.format(hash="{hash}", region=self.region, account=self.account_id, name=self.name)

    @property
    def resource_id(self) -> str:
        """The id of the first copy, as its lines have it."""
        digest = hashlib.md5(f"{self.name}:0".encode(), usedforsecurity=False).hexdigest()
        return self.id_form.replace("{hash}", digest[:17])

    @property
    def usage_type(self) -> str:
        """The usage type with its instance type."""
        return self.service.usage_type.format(type=self.instance_type)

    @property
    def is_split(self) -> bool:
        """Whether it is a pod: a split cost allocation line that repeats cost of its node and bills nothing."""
        return self.service.operation == "EKSPod-EC2"

    @property
    def is_marketplace(self) -> bool:
        """Whether a third party sells it."""
        return self.service.usage_type.startswith("MP:")


@cache
def _content() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("fleet.yml").read_text(encoding="utf-8"))


def read_services() -> dict[str, Service]:
    """Return the services by their key in `fleet.yml`."""
    return {key: Service(**value) for key, value in _content()["services"].items()}


def _runaway() -> Iterator[dict[str, Any]]:
    """Yield the job that ran away for three days."""
    for number in range(6):
        yield {
            "name": f"data-runaway-{number}",
            "event": "runaway-job",
            "service": "ec2",
            "account": "data-science",
            "team": "data",
            "price": "12.24",
            "instance_type": "p3.8xlarge",
            "evidence": "account",
            "product": "insights",
            "tags": {"user_job": "reprocess-all", "user_Name": f"runaway {number}"},
        }


def _functions() -> Iterator[dict[str, Any]]:
    """Yield forty small functions in the sandbox; every fourth without any tag."""
    for number in range(40):
        team = ("checkout", "search", "payments", "mobile", "platform")[number % 5]
        environment = "test" if number % 2 else "dev"
        tags = {
            "user_team": team,
            "user_product": "shared",
            "user_environment": environment,
            "user_cost_center": COST_CENTERS[team],
            "user_Name": f"fn {number}",
        }
        is_tagged = number % 4 != 3
        yield {
            "name": f"fn-{team}-{number:02d}",
            "service": "lambda",
            "account": "dev-sandbox",
            "team": team,
            "price": "0.0000166667",
            "pattern": "sparse",
            "permille": 12 + number % 9,
            "quantity": 6_000_000 + 450_000 * number,
            "noise": 70,
            "evidence": "tag" if is_tagged else "none",
            "product": "shared",
            "environment": environment,
            "tags": tags if is_tagged else {},
        }


def _buckets() -> Iterator[dict[str, Any]]:
    """Yield buckets that somebody made and nobody removed."""
    for number in range(16):
        yield {
            "name": f"harbourline-tmp-{number:02d}",
            "service": "s3",
            "account": "dev-sandbox",
            "team": "platform",
            "price": "0.023",
            "pattern": "sparse",
            "permille": 15,
            "quantity": 20_000 + 7_000 * number,
            "evidence": "none",
            "product": "shared",
            "environment": "dev",
            "tags": {"user_purpose": "temp"} if number % 3 else {},
        }


def _snapshots(leak: Event) -> Iterator[dict[str, Any]]:
    """Yield a snapshot a day that nobody removed until somebody saw them all."""
    for number in range((leak.ends - leak.begins).days):
        yield {
            "name": f"mob-snap-{number:02d}",
            "service": "snapshot",
            "account": "mobile",
            "team": "mobile",
            "price": "0.05",
            "pattern": "daily",
            "quantity": 24_000,
            "product": "app",
            "starts": leak.begins + timedelta(days=number),
            "ends": leak.ends,
            "tags": {"user_team": "mobile", "user_environment": "prod", "user_Name": f"nightly {number}"},
        }


def resources(start: str) -> list[Resource]:
    """Return the fleet of a simulation whose story starts in the month `start` (`YYYY-MM`), in a fixed order."""
    services, content, happened = read_services(), _content(), events(start)
    result: list[Resource] = []

    def add(entry: dict[str, Any]) -> None:
        values = dict(entry)
        event = happened.get(values.pop("event", ""))
        if event:
            values |= {"starts": event.begins, "ends": event.ends}
        account = _ACCOUNT_IDS[values.pop("account")]
        result.append(Resource(**values | {"service": services[values["service"]], "account_id": account}))

    for entry in [*content["resources"], *_runaway(), *_functions(), *_buckets()]:
        add(entry)
    _change(result, content["changes"], happened)
    for entry in [*content["additions"], *_snapshots(happened["snapshots-kept"])]:
        add(entry)
    return result


def _change(fleet: list[Resource], changes: list[dict[str, Any]], happened: dict[str, Event]) -> None:
    """Cut resources in time: what each was before, what it is while something goes on, and after that as before."""
    places = {item.name: place for place, item in enumerate(fleet)}
    for change in changes:
        values = dict(change)
        place, event = places[values.pop("resource")], happened[values.pop("event")]
        before = fleet[place]
        fleet[place] = replace(before, ends=event.begins)
        fleet.append(replace(before, starts=event.begins, ends=event.ends, **values))
        if event.ends < before.ends:
            fleet.append(replace(before, starts=event.ends))
