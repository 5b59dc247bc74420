"""What each method says on series whose future is plain."""

from datetime import date

import numpy as np
import pytest

from orchestration.analysis.forecast import methods
from orchestration.analysis.forecast.drivers import (
    KNOWN_CHANGES,
    VOLUME,
    Known,
    Step,
    driver_paths,
    realized_share,
    to_come,
)
from orchestration.analysis.forecast.methods import LEVELS, SEASONAL_NAIVE, allowed, daily_paths, seasonal_naive
from orchestration.analysis.forecast.months import Days
from tests.python.forecast.series import START, noisy, weekly

GROWING = 100 * 1.005 ** np.arange(120)


def _after(length: int, ahead: int) -> Days:
    return Days((np.datetime64(START, "D") + length).item(), ahead)


@pytest.mark.parametrize("method", LEVELS, ids=lambda method: method.name)
def test_a_flat_level_stays_flat(method: methods.Method) -> None:
    assert method.level(np.full(120, 50.0), 30) == pytest.approx(np.full(30, 50.0), rel=1e-3)


@pytest.mark.parametrize("name", ["ets", "theta", "mstl", "seasonal_growth"])
def test_growth_goes_on(name: str) -> None:
    method = next(method for method in LEVELS if method.name == name)
    path = method.level(GROWING, 8)
    assert GROWING[-1] * 0.99 < path[3] < GROWING[-1] * 1.04


@pytest.mark.parametrize("name", ["mstl", "seasonal_growth"])
def test_a_method_that_has_seen_the_year_expects_it_again(name: str) -> None:
    method = next(method for method in LEVELS if method.name == name)
    wave = 100 * (1 + 0.3 * np.sin(2 * np.pi * np.arange(130 + 52) / 52))
    path = method.level(wave[:130], 52)
    assert np.corrcoef(path, wave[130:])[0, 1] > 0.95


def test_the_seasonal_naive_repeats_the_date_of_last_year() -> None:
    days = Days(START, 500)
    cost = np.arange(500.0)
    path = seasonal_naive(cost, days, _after(500, 31))
    assert path[0] == 500 - 365  # 15 May 2025 repeats 15 May 2024
    assert len(path) == 31


def test_the_seasonal_naive_takes_the_last_month_where_there_is_no_year() -> None:
    cost = np.arange(61.0)  # January and February with the 1st of March
    path = seasonal_naive(cost, Days(START, 61), _after(61, 31))
    assert path[0] == 61 - 29  # 2 March repeats 2 February
    assert path[-2] == cost[28 + 31]  # 31 March repeats 29 February


def test_methods_wait_for_the_history_that_they_need() -> None:
    assert allowed(1) == {"recent_level", SEASONAL_NAIVE}
    assert "ets" in allowed(10)
    assert "mstl" not in allowed(100)
    assert "mstl" in allowed(110)


def test_an_announced_change_is_counted_from_its_day_on_as_likely_as_it_is() -> None:
    steps = (Step(_after(220, 1).start, None, 50.0, 0.5), Step(_after(100, 1).start, None, 90.0, 1.0))
    change = to_come(steps, weekly(210), Days(START, 210), _after(210, 28))
    assert change.tolist() == [0.0] * 10 + [25.0] * 18  # what has begun long ago is in the history


def test_a_change_that_ends_is_taken_back_as_far_as_it_came_true() -> None:
    cost = noisy(210, size=0.01)
    cost[180:] += 20
    step = Step(_after(180, 1).start, _after(217, 1).start, 40.0, 1.0)
    change = to_come((step,), cost, Days(START, 210), _after(210, 21))
    assert change[:7].tolist() == [0.0] * 7
    assert change[7:] == pytest.approx(np.full(14, -20.0), abs=4)


def test_no_method_has_a_change_that_is_still_to_come() -> None:
    days, ahead = Days(START, 210), _after(210, 28)
    later = Step(_after(220, 1).start, None, 50.0, 0.5)
    told = driver_paths(weekly(210), days, ahead, Known((later,)))[KNOWN_CHANGES]
    assert told == pytest.approx(daily_paths(weekly(210), days, ahead)["combination"], rel=1e-3)


def test_a_change_counts_as_far_as_it_came_true() -> None:
    days = Days(START, 210)
    halved = noisy(210, size=0.01)
    halved[150:] += 20
    assert realized_share(Step(_after(150, 1).start, None, 40.0, 1.0), halved, days) == pytest.approx(0.5, abs=0.1)
    assert realized_share(Step(_after(150, 1).start, None, 40.0, 1.0), noisy(210, size=0.01), days) < 0.1
    unseen = Step(_after(208, 1).start, None, 40.0, 0.7)
    assert realized_share(unseen, halved, days) == 0.7


def test_cost_follows_a_volume_whose_future_the_company_tells() -> None:
    volume = np.concatenate((np.full(210, 10.0), np.full(60, 20.0)))
    known = Known((), volume)
    path = driver_paths(weekly(210), Days(START, 210), _after(210, 28), known)[VOLUME]
    assert path.mean() == pytest.approx(2 * weekly(210).mean(), rel=0.02)


def test_a_volume_that_comes_late_is_carried_on_and_one_that_is_gone_is_not_used() -> None:
    late, gone = np.full(210, 10.0), np.full(210, 10.0)
    late[190:], gone[100:] = np.nan, np.nan
    days, ahead = Days(START, 210), _after(210, 28)
    assert driver_paths(weekly(210), days, ahead, Known((), late))[VOLUME].mean() == pytest.approx(88.6, rel=0.02)
    assert driver_paths(weekly(210), days, ahead, Known((), gone)) == {}


def test_a_step_holds_from_its_first_day_to_the_one_before_its_end() -> None:
    held = Step(date(2024, 1, 3), date(2024, 1, 5), 1.0, 1.0).active(Days(START, 7))
    assert held.tolist() == [0, 0, 1, 1, 0, 0, 0]
