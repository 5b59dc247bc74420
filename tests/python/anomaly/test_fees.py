"""Fees that come again are no anomaly; the first, a new price, a refund and what is bought daily are judged."""

from __future__ import annotations

from datetime import date, timedelta

from orchestration.analysis.anomaly import fees

BEFORE = date(2025, 12, 1)
FIRSTS = [date(2026, month, 1) for month in range(1, 8)]


def coming_again(by_day: dict[date, float], judged_from: date = BEFORE) -> set[date]:
    days = {day for day, cost in by_day.items() if cost > 0} - fees.often(by_day)
    return fees.coming_again(by_day, days, judged_from)


def test_a_monthly_fee_is_expected_from_its_second_time_on() -> None:
    assert coming_again(dict.fromkeys(FIRSTS, 810.0)) == set(FIRSTS[1:])


def test_so_is_one_of_a_quarter() -> None:
    assert coming_again({FIRSTS[0]: 2400.0, FIRSTS[3]: 2400.0, FIRSTS[6]: 2500.0}) == {FIRSTS[3], FIRSTS[6]}


def test_a_new_price_is_judged_once() -> None:
    assert coming_again({FIRSTS[0]: 100.0, FIRSTS[1]: 150.0, FIRSTS[2]: 150.0}) == {FIRSTS[2]}


def test_a_refund_is_judged() -> None:
    assert not coming_again({FIRSTS[0]: -100.0, FIRSTS[1]: -100.0})


def test_what_is_bought_every_day_is_judged_every_day() -> None:
    assert not coming_again({date(2026, 1, 1) + timedelta(days=place): 10.0 for place in range(90)})


def test_two_halves_of_one_purchase_do_not_make_each_other_usual() -> None:
    assert not coming_again({FIRSTS[0]: 500.0, FIRSTS[0] + timedelta(days=2): 500.0})


def test_what_was_bought_while_nothing_is_judged_is_no_news() -> None:
    assert coming_again({FIRSTS[0]: 500.0}, FIRSTS[1]) == {FIRSTS[0]}
