"""From the folders of exports to raw: taking deliveries, the ledger, the raw relations, the rule files.

What the rows mean is the business of dbt's models; nothing here renames or computes.
"""

from orchestration.landing.land import LandingResult, Outcome, land, prune_raw
from orchestration.landing.ledger import Ledger, load_ledger
from orchestration.landing.records import Cost, Delivery, Pending, RawFile, Rejection, ServiceCost
from orchestration.landing.relations import create_raw_relations

__all__ = [
    "Cost",
    "Delivery",
    "LandingResult",
    "Ledger",
    "Outcome",
    "Pending",
    "RawFile",
    "Rejection",
    "ServiceCost",
    "create_raw_relations",
    "land",
    "load_ledger",
    "prune_raw",
]
