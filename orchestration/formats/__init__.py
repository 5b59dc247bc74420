"""The formats that can be landed, by the name that `sources.yml` uses, and telling one from another by its columns."""

from __future__ import annotations

from orchestration.formats.aws import AWS_CUR2, AWS_CUR_LEGACY
from orchestration.formats.azure import AZURE_COST
from orchestration.formats.base import (
    SQL_TYPES,
    Column,
    ColumnMatch,
    DuplicateColumnError,
    Format,
    LineKind,
    name_key,
)
from orchestration.formats.focus import FOCUS
from orchestration.formats.gcp import GCP_BILLING
from orchestration.formats.oci import OCI_COST
from orchestration.formats.opencost import OPENCOST

__all__ = [
    "FORMATS",
    "SQL_TYPES",
    "Column",
    "ColumnMatch",
    "DuplicateColumnError",
    "Format",
    "LineKind",
    "conflict",
    "identify",
    "name_key",
]

FORMATS: dict[str, Format] = {
    fmt.name: fmt for fmt in (AWS_CUR2, AWS_CUR_LEGACY, AZURE_COST, OCI_COST, GCP_BILLING, OPENCOST, FOCUS)
}

_LEGACY_MARKS = ("identity/", "lineitem/", "bill/", "pricing/")
_ATHENA_MARKS = ("resource_tags_", "cost_category_")
_CUR2_ONLY = {"billpayeraccountname", "lineitemusageaccountname", "product", "resourcetags", "costcategory"}


def identify(delivered: list[str]) -> str | None:
    """Say which format a list of column names looks like: a name of `FORMATS`, or None."""
    lower = [name.lower() for name in delivered]
    keys = {name_key(name) for name in delivered}
    if {"usagestarttime", "invoicemonth", "cost"} <= keys or {"usagestarttime", "exporttime", "credits"} <= keys:
        return GCP_BILLING.name
    if {"lineitemreferenceno", "costmycost"} <= keys:
        return OCI_COST.name
    if _is_azure(keys):
        return AZURE_COST.name
    if {"cpucost", "ramcost", "namespace"} <= keys:
        return OPENCOST.name
    if any(name.startswith(_LEGACY_MARKS) for name in lower):
        return AWS_CUR_LEGACY.name
    if sum(name.startswith(("line_item_", "bill_", "identity_")) for name in lower) >= 3:
        athena = any(name.startswith(_ATHENA_MARKS) for name in lower) or "product_product_name" in lower
        return AWS_CUR_LEGACY.name if athena and not keys & _CUR2_ONLY else AWS_CUR2.name
    if len(keys & set(FOCUS.by_key)) >= 10 or {"billedcost", "chargeperiodstart"} <= keys:
        return FOCUS.name
    return None


def _is_azure(keys: set[str]) -> bool:
    """Tell a cost export of Azure, in any of its spellings, by a cost beside a meter."""
    costs = {name_key(name) for name, column in AZURE_COST.aliases.items() if column == AZURE_COST.cost_column}
    costs.add(name_key(AZURE_COST.cost_column))
    return "billedcost" not in keys and bool(keys & {"metercategory", "meterid"}) and bool(keys & costs)


def conflict(declared: Format, delivered: list[str]) -> str | None:
    """Name the format that the columns look like, if it is surely not the declared one; else None.

    A narrow CUR 2.0 and a legacy report written by Athena share their names: only what one of them alone has decides.
    """
    found = identify(delivered)
    if found in (None, declared.name):
        return None
    keys = {name_key(name) for name in delivered}
    if declared is AWS_CUR_LEGACY and found == AWS_CUR2.name and not keys & _CUR2_ONLY:
        return None
    return found
