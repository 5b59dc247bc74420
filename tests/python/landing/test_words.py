"""How messages count: one of a thing, and several."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.words import counted, listed_months, too_large


@pytest.mark.parametrize(("count", "words"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1200, "1,200 files")])
def test_a_number_agrees_with_its_noun(count: int, words: str) -> None:
    assert counted(count, "file") == words


def test_an_irregular_plural_is_given() -> None:
    assert [counted(n, "delivery", "deliveries") for n in (1, 2)] == ["1 delivery", "2 deliveries"]


def test_months_are_listed_in_order_and_once() -> None:
    months = [date(2026, 10, 1), date(2026, 7, 1), date(2026, 8, 1), date(2026, 7, 1)]
    assert listed_months(months) == "2026-07, 2026-08 and 2026-10"
    assert listed_months(months[1:2]) == "2026-07"


@pytest.mark.parametrize("text", ["abc", "", "NaN", "Infinity", "99.5", "1.234,50"])
def test_what_is_no_number_or_has_room_is_not_too_large(text: str) -> None:
    assert too_large(text, 14) is None
