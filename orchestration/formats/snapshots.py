"""What is delivered as one snapshot and read row by row: facts of the business, and FOCUS's smaller datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.facts import FACTS
from orchestration.formats.focus_datasets import FOCUS_DATASETS

if TYPE_CHECKING:
    from orchestration.formats.fact_base import FactFormat

SNAPSHOTS: dict[str, FactFormat] = {**FACTS, **FOCUS_DATASETS}
