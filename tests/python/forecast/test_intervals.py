"""Intervals are as wide as errors were: by scope, by lead, and no wider for a lack of evidence."""

import numpy as np
import pytest

from orchestration.analysis.forecast.backtest import TARGETS, Window
from orchestration.analysis.forecast.champion import Champion, Judged
from orchestration.analysis.forecast.intervals import Calibration, calibrate
from orchestration.analysis.forecast.months import add_months
from orchestration.analysis.forecast.series import Key
from tests.python.forecast.series import START, key

MONTHS = np.array([lead if unit == "month" else 1 for unit, lead in TARGETS])
CHAMPION = Champion("ets", "", None, None, 0)


def _calibrated(origins: int, growth: dict[Key, float], odd: Key | None = None) -> Calibration:
    """Scopes whose error is 3 % a month ahead and grows by so much a month; of one, each error is now and then vast."""
    random, judged = np.random.default_rng(1), []
    for number in range(origins):
        origin = add_months(START, number)
        for name, slope in growth.items():
            size = 0.03 * (1 + slope * (MONTHS - 1)) * (30 if name == odd and number % 4 == 0 else 1)
            actual = 100 * (1 + random.normal(0, size))
            actual = np.where(origins - number < MONTHS, np.nan, actual)
            judged.append(Judged(Window(name, origin, "", {"ets": np.full(len(TARGETS), 100.0)}), actual))
    champions = dict.fromkeys(growth, CHAMPION)
    return calibrate(judged, champions, {(one.window.key, one.window.origin): one.window.said["ets"] for one in judged})


SCOPES = {key("team", name): 0.0 for name in "abcdefghijklmnopqrst"}


def test_a_scope_whose_errors_do_not_grow_is_no_less_sure_far_ahead_than_near() -> None:
    steady = key("company", "all")
    calibration = _calibrated(14, dict.fromkeys(SCOPES, 0.5) | {steady: 0.0})
    near, far = (calibration.half_width(steady, 0.8, lead, 100.0) for lead in (1, 6))
    restless = calibration.half_width(key("team", "a"), 0.8, 6, 100.0)
    assert 3 < near < 6
    assert far < 2 * near
    assert restless > 2 * far


def test_few_origins_do_not_blow_up_what_is_said_of_months_far_ahead() -> None:
    odd = key("team", "t")
    calibration = _calibrated(11, SCOPES, odd)
    widths = {level: [calibration.half_width(key("team", "a"), level, lead, 100.0) for lead in range(1, 19)]
              for level in (0.8, 0.95)}  # fmt: skip
    for level, found in widths.items():
        assert (np.diff(found) >= -1e-9).all()
        assert found[8] < 3.5 * found[0], level
        assert found[-1] < 5 * found[0], level
    assert np.divide(widths[0.95], widths[0.8]) == pytest.approx(np.full(18, widths[0.95][0] / widths[0.8][0]))
    assert widths[0.95][0] < 20


def test_the_intervals_hold_what_they_say() -> None:
    calibration = _calibrated(14, SCOPES)
    errors = np.abs(np.random.default_rng(5).normal(0, 3, 4000))
    for level in (0.8, 0.95):
        half = np.mean([calibration.half_width(name, level, 1, 100.0) for name in SCOPES])
        assert (errors < half).mean() == pytest.approx(level, abs=0.05)


def test_a_forecast_of_next_to_nothing_makes_no_interval_of_the_size_of_the_world() -> None:
    """Bills of long ago beside those of today: a method that had decayed to 1e-20 missed all that came."""
    judged = [
        Judged(
            Window(name, add_months(START, number), "", {"ets": np.full(len(TARGETS), said)}),
            np.full(MONTHS.shape, 90.0),
        )
        for name in SCOPES
        for number, said in enumerate([100.0, 1e-20] * 7)
    ]
    past = {(one.window.key, one.window.origin): one.window.said["ets"] for one in judged}
    calibration = calibrate(judged, dict.fromkeys(SCOPES, CHAMPION), past)
    assert calibration.half_width(key("team", "a"), 0.95, 1, 100.0) < 1e7
    assert calibration.daily_half_widths(key("team", "a"), 0.95, np.array([1.0]), np.array([100.0]))[0] < 1e7
