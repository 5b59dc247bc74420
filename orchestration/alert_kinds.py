"""The kinds of alerts as rules, channels and messages need them: which there are, and what they decide by themselves.

Belongs here: reading `seeds/reference/alert_kinds.csv`. What deserves an alert is told by models (`models/ops/alerts`).
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.words import plain

REGISTRY = Path(__file__).resolve().parent.parent / "seeds" / "reference" / "alert_kinds.csv"


@lru_cache
def kinds() -> dict[str, dict[str, str]]:
    """Read the kinds: name -> its row."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return {row["alert_kind"]: row for row in csv.DictReader(file)}


def objection(rule: dict[str, Any]) -> str | None:
    """Say why a rule cannot be meant as it stands; None where it can."""
    kind = kinds().get(rule["alert_kind"])
    if kind is None:
        return f"unknown alert_kind '{rule['alert_kind']}'; it must be one of: {', '.join(kinds())}."
    said = {name: rule[name] for name in ("threshold_value", "escalation_value")}
    if rule["severity"] in ("critical", "off") or all(value is None for value in said.values()):
        return None  # nothing is worse than critical
    values = {name: Decimal(kind[name]) if value is None and kind[name] else value for name, value in said.items()}
    threshold, escalation = values.values()
    is_above = kind["direction"] == "above"
    if escalation is None or (escalation >= threshold if is_above else escalation <= threshold):
        return None
    words = [
        f"the {name} {plain(values[name])}" + (f" that {rule['alert_kind']} has by itself" if value is None else "")
        for name, value in said.items()
    ]
    return (
        f"{words[1]} is milder than {words[0]}, so every alert would be critical at once; write an escalation_value of "
        f"at {'least' if is_above else 'most'} {plain(threshold)}, or the severity critical if that is meant."
    )
