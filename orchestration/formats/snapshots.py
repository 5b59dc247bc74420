"""What is delivered as one snapshot: facts of the business, FOCUS's smaller datasets, and price sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.facts import FACTS
from orchestration.formats.focus_datasets import FOCUS_DATASETS
from orchestration.formats.price_sheets import PRICE_SHEETS

if TYPE_CHECKING:
    from orchestration.formats.fact_base import FactFormat

SNAPSHOTS: dict[str, FactFormat] = {**FACTS, **FOCUS_DATASETS, **PRICE_SHEETS}
