"""The formats that can be landed, by the name that `sources.yml` uses, and telling one from another by its columns."""

from __future__ import annotations

from orchestration.formats.aws import AWS_CUR2, AWS_CUR_LEGACY, is_surely_cur2
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
    "is_bill",
    "name_key",
]

# The order in which they are asked whether a file is theirs: the more particular marks first.
FORMATS: dict[str, Format] = {
    fmt.name: fmt for fmt in (GCP_BILLING, OCI_COST, AZURE_COST, OPENCOST, AWS_CUR_LEGACY, AWS_CUR2, FOCUS)
}


def identify(delivered: list[str]) -> str | None:
    """Say which format a list of column names looks like: a name of `FORMATS`, or None."""
    return next((name for name, fmt in FORMATS.items() if fmt.looks_like(delivered)), None)


def is_bill(format_name: str) -> bool:
    """Tell whether a format's lines are charges; a format that this version no longer knows tells nothing."""
    return format_name in FORMATS and FORMATS[format_name].is_bill


def conflict(declared: Format, delivered: list[str]) -> str | None:
    """Name the format that the columns look like, if it is surely not the declared one; else None."""
    found = identify(delivered)
    if found in (None, declared.name):
        return None
    is_narrow = declared is AWS_CUR_LEGACY and found == AWS_CUR2.name and not is_surely_cur2(delivered)
    return None if is_narrow else found
