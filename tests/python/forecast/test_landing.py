"""The open month: two voices, one number; and fees that come late."""

import numpy as np
import pytest

from orchestration.analysis.forecast.forecasting import forecast, months_of
from orchestration.analysis.forecast.landing import Estimate, opened
from orchestration.analysis.forecast.months import Days
from orchestration.analysis.forecast.series import Panel
from tests.python.forecast.series import START, key, noisy, weekly, with_fee

LENGTH = 196  # to 14 July
DAYS, AHEAD = Days(START, LENGTH), Days(Days(START, LENGTH + 1).last, 17)


def test_the_month_is_the_mean_of_what_the_marts_and_the_method_say() -> None:
    path, late = opened(np.full(17, 100.0), weekly(LENGTH), DAYS, AHEAD, Estimate(1900.0, 0.0))
    assert (path.sum(), late) == (pytest.approx(1800.0), 0.0)
    path, late = opened(np.zeros(17), weekly(LENGTH), DAYS, AHEAD, Estimate(-34.0, 0.0))
    assert path.tolist() == [-1.0] * 17


def test_without_the_marts_the_last_four_weeks_are_the_second_voice() -> None:
    path, late = opened(np.full(17, 100.0), np.full(LENGTH, 60.0), DAYS, AHEAD, None)
    assert (path.sum(), late) == (pytest.approx(17 * 80.0), 0.0)


@pytest.mark.parametrize(("other", "late", "days"), [(700.0, 200.0, 17 * 50 + 500), (300.0, 0.0, 17 * 50 + 400)])
def test_a_fee_of_a_day_ahead_is_no_late_one(other: float, late: float, days: float) -> None:
    cost = with_fee(np.full(LENGTH, 50.0), 500.0, 20)
    said = np.where(AHEAD.month_day == 20, 550.0, 50.0)
    path, found = opened(said, cost, DAYS, AHEAD, Estimate(17 * 50.0, other))
    assert (path.sum(), found) == (pytest.approx(days), pytest.approx(late))


def test_a_late_credit_is_late_and_no_more_than_there_is() -> None:
    _, late = opened(np.full(17, 100.0), weekly(LENGTH), DAYS, AHEAD, Estimate(1700.0, -30.0))
    assert late == -30.0


def test_a_fee_that_is_late_is_in_the_open_month_and_in_all_that_follow() -> None:
    cost = with_fee(noisy(LENGTH, size=0.01), 500.0)
    cost[182] = 100.0  # the first of July has not brought it yet
    done = forecast(Panel(START, {key(): cost}), estimates={key(): Estimate(weekly(LENGTH + 17)[-17:].sum(), 500.0)})
    open_month, august = months_of(done, done.scopes[key()])[:2]
    assert open_month.late == 500_000_000
    assert open_month.rest / 1e6 == pytest.approx(weekly(LENGTH + 17)[-17:].sum() + 500, rel=0.03)
    level = weekly(LENGTH + 48)[-31:].sum()
    assert august.rest / 1e6 == pytest.approx(level + 500, rel=0.03)
