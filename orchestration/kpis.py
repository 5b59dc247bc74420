"""The registry of KPIs as rules and commands need it: which there are, and what a wrong name may have meant.

Belongs here: reading `seeds/reference/kpi_definitions.csv`. What a KPI is worth is computed by the models.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

REGISTRY = Path(__file__).resolve().parent.parent / "seeds" / "reference" / "kpi_definitions.csv"
SCOPE_TYPES = ("company", "business_unit", "cost_center", "team", "product", "provider", "service", "source")
_NEAREST = 3


@lru_cache
def registry() -> dict[tuple[str, str], dict[str, str]]:
    """Read the registry: (KPI, variant) -> its row."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return {(row["kpi_id"], row["variant"]): row for row in csv.DictReader(file)}


def unknown(kpi_id: str, variant: str) -> str | None:
    """Say that there is no such KPI or variant, and which come nearest; None where there is one."""
    known = registry()
    if (kpi_id, variant) in known:
        return None
    variants = sorted(name for kpi, name in known if kpi == kpi_id)
    if variants:
        return f"the KPI '{kpi_id}' has no variant '{variant}'; it has: {', '.join(variants)}."
    ids = sorted({kpi for kpi, _ in known})
    near = get_close_matches(kpi_id, ids, _NEAREST, 0.4) or [name for name in ids if name[0] == kpi_id[:1]][:_NEAREST]
    hint = f"; the nearest known ones are: {', '.join(near)}" if near else ""
    return f"there is no KPI '{kpi_id}'{hint}. All of them are in the published relation kpi_catalog."


def objection(kpi_id: str, variant: str, scope_type: str, target: Decimal) -> str | None:
    """Say why nothing could ever be held against a target; None where something can."""
    problem = unknown(kpi_id, variant)
    if problem:
        return problem
    row = registry()[kpi_id, variant]
    name, scopes = f"the KPI '{kpi_id}' ({variant})", row["scopes"].split()
    if row["waits_for"]:
        return f"{name} has no value yet that a target could be held against; it waits for: {row['waits_for']}."
    if "any" not in scopes and scope_type not in scopes:
        return f"{name} is not told by {scope_type}; it is told by: {', '.join(scopes)}."
    if row["is_fraction"] == "true" and not 0 <= target <= 1:
        return f"{name} is a share between 0 and 1, so {target} is no target; write 0.5 for 50 %."
    return None
