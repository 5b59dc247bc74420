"""How the text of one cell becomes a typed value, in SQL, and the words for a cell that cannot.

Each expression gives null for what it cannot read, so that a null beside a text is a bad value. Only ISO dates and
plain numbers are read: `1,234.50`, `31.01.2026` or `$5` could be meant in more than one way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats.currencies import CURRENCIES
from orchestration.landing.engine import identifier, literal, text_list
from orchestration.landing.expressions import text_timestamp_sql
from orchestration.words import too_large

if TYPE_CHECKING:
    from collections.abc import Collection

    from orchestration.formats.fact_base import FactColumn, FactFormat

_NUMBER = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
_DAY = r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
_MIDNIGHT = r"([ T]00:00:00([.]0+)?)?"
_TIME = r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
_WHOLE = r"[+-]?[0-9]{1,18}"

_PATTERNS = {
    "decimal": _NUMBER,
    "rate": _NUMBER,
    "integer": _WHOLE,
    "date": _DAY + _MIDNIGHT,
    "month": r"(19|20|21)[0-9]{2}-[0-9]{2}(-01" + _MIDNIGHT + ")?",
    "timestamp": _DAY + _TIME,
    "boolean": "(?i)true|false",
}

WORDS = {
    "decimal": "is not a number; write it as 1234.50, without separators of thousands and without a currency sign",
    "rate": "is not a number; write it as 0.9215, without separators of thousands",
    "integer": "is not a whole number",
    "date": "is not a date; write it as 2026-01-31",
    "month": "is not a month; write it as 2026-01 or as its first day, 2026-01-01",
    "timestamp": "is not a time; write it as 2026-01-31T18:00:00Z",
    "provider_time": "is not a date; it must be written as 2026-01-31, with or without a time, or as 1/31/2026",
    "boolean": "is neither true nor false",
    "currency": "is not a currency code of ISO 4217; these are written in capitals, as EUR is",
}

_DIGITS = {"decimal": 29, "rate": 26}  # before the decimal point


def unreadable(kind: str, text: str) -> str:
    """Say why a cell cannot be read in the type of its column."""
    return (too_large(text, _DIGITS[kind]) if kind in _DIGITS else None) or WORDS[kind]


def value_sql(column: FactColumn, cell: str) -> str:
    """Read a cell (SQL of a text, null where it is blank) in the type of its column; null if it cannot be read."""
    if column.kind == "currency":
        return f"case when list_contains({text_list(sorted(CURRENCIES))}, {cell}) then {cell} end"
    if column.kind in ("text", "any_currency"):
        return cell
    if column.kind == "provider_time":
        return text_timestamp_sql(cell)
    return f"case when regexp_full_match({cell}, {literal(_PATTERNS[column.kind])}) then {_cast(column, cell)} end"


def clean_text(cell: str, nothing: str) -> str:
    """Read a cell without the blanks around it; null where it is one of `nothing`, a list of words.

    The reader has made nulls of such words already where nothing is around them; most cells are as they should be.
    """
    cleaned = f"case when not list_contains({nothing}, trim({cell})) then trim({cell}) end"
    return f"case when starts_with({cell}, ' ') or ends_with({cell}, ' ') then {cleaned} else {cell} end"


def _cast(column: FactColumn, cell: str) -> str:
    if column.kind == "month":
        return f"try_cast(left({cell}, 7) || '-01' as date)"
    if column.kind == "date":
        return f"try_cast(left({cell}, 10) as date)"
    if column.kind == "timestamp":
        return text_timestamp_sql(cell)
    return f"try_cast({cell} as {column.sql_type})"


def typed_columns(fmt: FactFormat, present: Collection[str]) -> list[str]:
    """Select every column of a fact in its type from its text; those that are not present are typed nulls."""
    values = {
        column.name: value_sql(column, identifier(column.name))
        if column.name in present
        else f"cast(null as {column.sql_type})"
        for column in fmt.columns
    }
    return [f"{value} as {identifier(name)}" for name, value in values.items()]
