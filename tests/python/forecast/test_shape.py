"""Fees, weeks, spikes and steps are told apart."""

from datetime import timedelta

import numpy as np
import pytest

from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.shape import Shape, take_apart
from tests.python.forecast.series import START, noisy, weekly, with_fee


def _shape(cost: np.ndarray) -> Shape:
    return take_apart(cost, Days(START, len(cost)))


def _fees(shape: Shape) -> dict[int, float]:
    """Return the monthly fees by day."""
    assert all(fee.every == 1 for fee in shape.fees)
    return {fee.month_day: fee.amount for fee in shape.fees}


def test_a_fee_on_the_first_is_found_and_kept_out_of_the_level() -> None:
    shape = _shape(with_fee(noisy(200), 500.0))
    assert _fees(shape) == {1: pytest.approx(500, abs=20)}
    assert shape.weeks.max() < 100


def test_a_fee_on_the_last_day_of_months_of_different_length_is_found() -> None:
    days = Days(START, 200)
    shape = _shape(noisy(200) + np.where(days.from_end == 1, 300.0, 0.0))
    assert list(_fees(shape)) == [-1]


def test_a_fee_with_a_new_price_holds_the_new_price() -> None:
    cost = with_fee(weekly(213), 500.0)
    cost[91:] += np.where(Days(START, 213).month_day[91:] == 1, 100.0, 0.0)  # from April on
    assert _fees(_shape(cost)) == {1: pytest.approx(600)}


def test_a_fee_that_stopped_is_not_expected_again() -> None:
    cost = weekly(213)
    early = Days(START, 100)
    cost[:100] += np.where(early.month_day == 1, 500.0, 0.0)
    assert _shape(cost).fees == ()


@pytest.mark.parametrize("month_day", [1, 3])
def test_a_fee_that_has_not_come_yet_in_the_open_month_is_expected_in_the_next(month_day: int) -> None:
    cost = with_fee(weekly(200), 500.0, month_day)  # to 18 July
    cost[182:] = weekly(200)[182:]  # nothing came in July
    assert _fees(_shape(cost)) == {month_day: pytest.approx(500)}
    whole = np.concatenate((cost, weekly(213)[200:]))  # nor came in all of July: it is gone
    assert _shape(whole).fees == ()


def test_a_quarterly_fee_may_be_late_too() -> None:
    days = Days(START, 380)  # to 14 January 2025
    due = (days.month_day == 5) & (days.month % 3 == days.month[-1] % 3) & (days.month < days.month[-1])
    (fee,) = _shape(noisy(380) + np.where(due, 900.0, 0.0)).fees
    assert (fee.every, fee.phase) == (3, days.month[-1] % 3)


@pytest.mark.parametrize(("every", "length"), [(3, 400), (12, 500)])
def test_a_fee_every_quarter_or_year_is_expected_in_its_months_alone(every: int, length: int) -> None:
    days = Days(START, length)
    due = (days.month_day == 5) & (days.month % every == 1)
    shape = _shape(noisy(length) + np.where(due, 900.0, 0.0))
    (fee,) = shape.fees
    assert (fee.month_day, fee.every, fee.phase) == (5, every, 1)
    ahead = Days(START + timedelta(days=length), 400)
    added = shape.daily(np.zeros(58), ahead)
    assert added[(ahead.month_day == 5) & (ahead.month % every == 1)] == pytest.approx(900, abs=40)
    assert not added[(ahead.month_day != 5) | (ahead.month % every != 1)].any()
    assert shape.weeks.max() < 110


def test_two_spikes_a_quarter_apart_are_no_fee_unless_they_are_alike() -> None:
    days = Days(START, 300)
    spikes = np.where((days.month_day == 5) & (days.month == days.month[0] + 2), 900.0, 0.0)
    spikes += np.where((days.month_day == 5) & (days.month == days.month[0] + 5), 400.0, 0.0)
    assert _shape(noisy(300) + spikes).fees == ()


def test_one_spike_is_neither_fee_nor_level() -> None:
    cost = noisy(100)
    cost[95] += 900
    shape = _shape(cost)
    assert shape.fees == ()
    assert shape.weeks[-1] < 110


def test_a_step_that_stays_is_the_new_level() -> None:
    cost = np.concatenate((noisy(100), 2 * noisy(40, seed=2)))
    assert _shape(cost).weeks[-1] == pytest.approx(2 * _shape(cost).weeks[0], rel=0.1)


def test_the_week_is_learned_and_put_back() -> None:
    shape = _shape(weekly(70))
    ahead = Days(Days(START, 71).start, 14)
    assert shape.daily(shape.weeks[-2:], ahead) == pytest.approx(weekly(14))


@pytest.mark.parametrize("length", [1, 2, 6, 7, 8, 13, 15, 29])
def test_any_length_can_be_taken_apart(length: int) -> None:
    shape = _shape(weekly(length))
    assert len(shape.weeks) == max(1, length // 7)
    assert np.isfinite(shape.daily(np.full(3, shape.weeks[-1]), Days(START, 20))).all()
