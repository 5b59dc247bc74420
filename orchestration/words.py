"""Words that messages share: how they count things, name months, and guess what was meant.

Belongs here: wording that several messages share. What they say is decided where they are written.
"""

from __future__ import annotations

import difflib
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_NOT_DIGITS = re.compile(r"[\s$€£¥,()]")


def counted(count: int, thing: str, several: str | None = None) -> str:
    """Write a number with its noun: `1 file`, `1,200 files`, `0 files`; `several` where the plural is irregular."""
    return f"{count:,} {thing if count == 1 else several or f'{thing}s'}"


def plain(amount: Decimal) -> str:
    """Return a decimal without exponent and without trailing zeros: ``1500``, ``0.000000001``, ``12.5``."""
    text = format(amount, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def percent(share: float | Decimal, digits: int = 0) -> str:
    """Write a share: `75 %`, `4.2 %`."""
    return f"{share * 100:.{digits}f} %"


def listed_months(months: Iterable[date]) -> str:
    """Name months in order: `2026-07`, `2026-07 and 2026-08`, `2026-07, 2026-08 and 2026-10`."""
    names = [f"{month:%Y-%m}" for month in sorted(set(months))]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that this one is most likely a slip of; None where none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.85)), None)


def cut(text: str, width: int) -> str:
    """Shorten a text to a width, on one line."""
    text = " ".join(str(text).split())
    return text if len(text) <= width else text[: width - 1] + "…"


def too_large(text: str, digits: int) -> str | None:
    """Say that a text which was not read is a number with more digits before the point than there is room for."""
    try:
        amount = Decimal(_NOT_DIGITS.sub("", text))
    except InvalidOperation:
        return None
    if amount.is_finite() and abs(amount) >= Decimal(10) ** digits:
        return f"is too large: there is room for {digits} digits before the decimal point"
    return None
