"""Numbers in sentences: how messages count things and name months.

Belongs here: wording that several messages share. What they say is decided where they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


def counted(count: int, thing: str, several: str | None = None) -> str:
    """Write a number with its noun: `1 file`, `1,200 files`, `no file`; `several` for an irregular plural."""
    if count == 0:
        return f"no {thing}"
    return f"1 {thing}" if count == 1 else f"{count:,} {several or f'{thing}s'}"


def listed_months(months: Iterable[date]) -> str:
    """Name months in order: `2026-07`, `2026-07 and 2026-08`, `2026-07, 2026-08 and 2026-10`."""
    names = [f"{month:%Y-%m}" for month in sorted(set(months))]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
