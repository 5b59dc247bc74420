"""The whole way: odd histories, what is kept, intervals, sums, and that forecasts beat the naive one."""

from datetime import date, timedelta

import numpy as np
import pytest

from orchestration.analysis.forecast import backtest
from orchestration.analysis.forecast.drivers import Known, Step
from orchestration.analysis.forecast.forecasting import daily_bounds, forecast, months_of
from orchestration.analysis.forecast.months import Days, last_of
from orchestration.analysis.forecast.series import Panel, panel
from tests.bench import forecast as bench
from tests.bench.forecast_seeds import SEEN
from tests.python.forecast.series import START, key, noisy, weekly, with_fee
from tests.python.forecast.series import panel as company_of

NEXT = backtest.TARGETS.index(("month", 1))
ODD = {
    "one day of history": (np.array([5.0]), "short_history"),
    "three days": (np.array([5.0, 6.0, 7.0]), "short_history"),
    "a new scope": (np.concatenate((np.zeros(300), noisy(20))), "short_history"),
    "a scope that died": (np.concatenate((noisy(300), np.zeros(70))), "ended"),
    "all zero": (np.zeros(400), "no_cost"),
    "a month without cost": (np.concatenate((noisy(200), np.zeros(31), noisy(100))), "ok"),
    "gap days": (noisy(400) * (np.random.default_rng(3).random(400) > 0.2), "ok"),
    "negative months": (np.concatenate((noisy(300), -noisy(35), noisy(60))), "ok"),
    "only credits": (-noisy(400), "ok"),
    "only a fee on the first": (with_fee(np.zeros(400)), "ok"),
    "a fee and nothing for half a month": (with_fee(np.zeros(380)), "ok"),
    "huge and tiny": (noisy(400) * np.where(np.arange(400) % 50 == 0, 1e9, 1e-6), "ok"),
    "constant": (np.full(800, 0.1), "ok"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_history_gives_a_sensible_row_or_an_honest_status(name: str) -> None:
    cost, status = ODD[name]
    done = forecast(Panel(START, {key(): cost}))
    scope = done.scopes[key()]
    assert scope.status == status
    assert scope.champion.reason
    assert len(scope.expected) == done.ahead.length
    for month in months_of(done, scope):
        (low80, high80), (low95, high95) = month.intervals[0.80], month.intervals[0.95]
        assert low95 <= low80 <= month.rest <= high80 <= high95
        assert abs(month.rest) <= 1e6 * 31 * 10 * np.abs(cost).max()
    assert scope.expected.any() == (status not in ("ended", "no_cost"))
    if cost.min() >= 0:
        assert daily_bounds(done, scope)[0.95][0].min() >= 0


def test_nobody_is_judged_by_a_month_whose_bill_is_missing() -> None:
    def gap(begin: date, end: date, **more: np.ndarray) -> dict[date, np.ndarray]:
        cost = noisy(366)
        cost[(begin - START).days : (end - START).days] = 0
        laid = Panel(START, {key(): cost, **{key(scope_id=name): other for name, other in more.items()}})
        found, _ = backtest.windows(laid, {})
        return {window.origin: backtest.happened(laid, window) for window in found if window.key == key()}

    july, august = date(2024, 7, 1), date(2024, 8, 1)
    whole = gap(july, july)
    lost = gap(july, august)
    assert set(whole) - set(lost) == {date(2024, 7, 31)}, "what was said at the end of it was said of nothing"
    changed = {
        (day, target) for day in lost for target in np.flatnonzero(~np.isclose(whole[day], lost[day], equal_nan=True))
    }
    assert {day for day, target in changed if backtest.TARGETS[target] == ("month", 1)} == {date(2024, 6, 30)}
    assert all(np.isnan(lost[day][target]) for day, target in changed)
    # a week may be quiet, a scope may rest, and who is billed once a quarter pays nothing in between
    assert set(gap(july, date(2024, 7, 9))) == set(gap(july, august, other=noisy(366))) == set(whole)
    fees = Panel(START, {key(): np.where(np.arange(366) % 91 == 0, 900.0, 0.0)})
    assert not fees.missing["USD"].any()


def test_nothing_at_all_is_no_error() -> None:
    assert forecast(panel([])).scopes == {}


def test_a_month_of_only_a_fee_is_forecast_as_the_fee() -> None:
    done = forecast(Panel(START, {key(): with_fee(np.zeros(397))}))  # to the end of January 2025
    assert [month.rest for month in months_of(done, done.scopes[key()])][:3] == [500_000_000] * 3


def test_a_year_must_have_been_seen_to_be_learned() -> None:
    assert not forecast(Panel(START, {key(): noisy(300)})).scopes[key()].has_seen_a_year
    assert forecast(Panel(START, {key(): noisy(400)})).scopes[key()].has_seen_a_year


def test_teams_add_up_to_the_company_day_by_day() -> None:
    laid, parents = company_of(a=noisy(300, 1), b=noisy(300, 2, 30), c=np.concatenate((np.zeros(290), noisy(10, 3))))
    done = forecast(laid, parents=parents)
    teams = sum(scope.expected for scope in done.scopes.values() if scope.key.scope_type == "team")
    assert (teams == done.scopes[key("company", "all")].expected).all()


def test_the_open_month_is_its_rest_and_eighteen_months_follow() -> None:
    done = forecast(Panel(START, {key(): weekly(46)}))  # to 15 February
    months = months_of(done, done.scopes[key()])
    assert [month.month for month in months[:2]] == [date(2024, 2, 1), date(2024, 3, 1)]
    assert months[-1].month == date(2025, 8, 1)
    assert months[0].rest == pytest.approx(weekly(60)[46:].sum() * 1e6, rel=0.05)


def test_windows_whose_inputs_did_not_change_are_not_computed_again() -> None:
    laid, parents = company_of(a=noisy(200, 1), b=noisy(200, 2))
    first = forecast(laid, parents=parents)
    again = forecast(laid, parents=parents, kept=first.windows)
    assert first.computed_windows == len(first.windows) > 0
    assert again.computed_windows == 0
    assert [scope.expected.tolist() for scope in again.scopes.values()] == [
        scope.expected.tolist() for scope in first.scopes.values()
    ]


def test_a_restated_day_computes_only_the_windows_that_saw_it() -> None:
    laid, _ = company_of(a=noisy(200, 1), b=noisy(200, 2))
    first = forecast(laid)
    restated = {name: cost.copy() for name, cost in laid.costs.items()}
    restated[key("team", "a")][150] += 10  # 30 May: the windows of May and June saw it
    assert forecast(Panel(START, restated), kept=first.windows).computed_windows == 2


def test_a_window_knows_nothing_of_what_came_after() -> None:
    cost = noisy(366)
    changed = cost.copy()
    changed[300:] *= 3
    first, second = (backtest.windows(Panel(START, {key(): values}), {})[0] for values in (cost, changed))
    before = [window for window in first if (window.origin - START).days < 300]
    assert len(before) == 9
    for one, other in zip(before, second, strict=False):
        assert one.fingerprint == other.fingerprint
        assert all((one.said[name] == other.said[name]).all() for name in one.said)


def test_the_past_is_judged_with_the_changes_that_were_to_come() -> None:
    laid, parents = company_of(a=noisy(200, 1), b=noisy(200, 2))
    laid.costs[key("service", "x")] = 2 * laid.costs[key("team", "a")]  # of another hierarchy, which is not told
    laid.costs[key("service", "y")] = laid.costs[key("company", "all")] - laid.costs[key("service", "x")]
    parents |= {("service", name): ("company", "all") for name in "xy"}
    step = Step(date(2024, 6, 10), None, 40.0, 0.5)
    done = forecast(laid, dict.fromkeys((key("team", "a"), key("company", "all")), Known((step,))), parents)
    windows = {window.key.scope_id: window for window in done.windows if window.origin == date(2024, 5, 31)}
    added = {name: window.expected("ets")[NEXT] - window.said["ets"][NEXT] for name, window in windows.items()}
    assert [added[name] for name in ("a", "b", "all")] == pytest.approx([21 * 20, 0, 21 * 20], abs=1e-6)
    assert added["x"] + added["y"] == pytest.approx(21 * 20)
    assert added["x"] > 2 * added["y"]
    assert windows["a"].expected("seasonal_naive") is windows["a"].said["seasonal_naive"]


def test_the_past_is_judged_as_it_would_have_been_told_adding_up() -> None:
    laid, parents = company_of(a=noisy(300, 1), b=noisy(300, 2, 30), c=np.concatenate((np.zeros(150), noisy(150, 3))))
    past = forecast(laid, parents=parents).past
    for origin, teams in ((date(2024, 4, 30), "ab"), (date(2024, 9, 30), "abc")):
        told = sum(past[key("team", name), origin] for name in teams)
        assert past[key("company", "all"), origin] == pytest.approx(told)


def test_a_change_that_is_still_to_come_computes_no_past_anew() -> None:
    laid, parents = company_of(a=noisy(200, 1), b=noisy(200, 2))
    told = {key("team", "a"): Known((Step(date(2024, 8, 1), None, 40.0, 0.5),))}
    first = forecast(laid, told, parents)
    told = {key("team", "a"): Known((Step(date(2024, 9, 1), None, 50.0, 0.5),))}
    assert forecast(laid, told, parents, first.windows).computed_windows == 0


def test_what_happened_is_compared_month_by_month() -> None:
    laid = Panel(START, {key(): np.arange(91.0)})  # to the end of March 2024
    window = backtest.Window(key(), date(2024, 1, 31), "", {})
    actual = dict(zip(backtest.TARGETS, backtest.happened(laid, window), strict=True))
    assert actual["day", 1] == 31
    assert actual["days", 7] == sum(range(34, 41))
    assert actual["month", 1] == sum(range(31, 60))
    assert actual["month", 2] == sum(range(60, 91))
    assert np.isnan(actual["month", 3])


def test_on_a_company_the_forecasts_beat_the_naive_one_and_the_intervals_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "ORIGINS", 6)  # fast
    times = {"ends": (date(2025, 9, 30),), "middles": (date(2025, 10, 15),)}
    found = bench.measure(bench.TUNING[0], 25, **times, scope_types={"company", "team"})
    for scope_type in ("company", "team"):
        pairs = found.pairs["month", 1, scope_type]
        assert bench.wape(pairs) < 0.5 * bench.wape(pairs, 2)
    assert bench.wape(found.pairs["landing", "company"]) < 0.03
    assert 0.6 < np.mean(found.covered["day", "1-31", 0.80]) < 0.95


def test_the_seeds_that_judge_are_not_those_of_tuning() -> None:
    assert not (set(bench.TUNING) | set(SEEN)) & set(bench.JUDGING)


def test_rows_of_one_day_add_up_and_end_where_they_are_told_to() -> None:
    rows = [("team", "a", "USD", START, 1.0), ("team", "a", "USD", START, 2.0)]
    rows += [("team", "b", "USD", START + timedelta(days=5), 4.0)]
    laid = panel(rows, START + timedelta(days=3))
    assert laid.costs[key("team", "a")].tolist() == [3, 0, 0, 0]
    assert laid.costs[key("team", "b")].tolist() == [0, 0, 0, 0]
    assert last_of(laid.last) == date(2024, 1, 31)
    assert Days(START, 31).from_end[-1] == 1
