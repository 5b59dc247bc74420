"""Who speaks for a scope, and why."""

from datetime import date

import numpy as np

from orchestration.analysis.forecast.backtest import TARGETS, Window
from orchestration.analysis.forecast.champion import Judged, choose, choose_without
from orchestration.analysis.forecast.series import Key
from tests.python.forecast.series import key

METHODS = {"seasonal_naive", "ets", "theta"}


def judged(name: Key, count: int, **errors: float) -> list[Judged]:
    """Return windows in which each method was off by a share of 100."""
    actual = np.full(len(TARGETS), 100.0)
    said = {method: actual * (1 + error) for method, error in errors.items()}
    return [Judged(Window(name, date(2026, number + 1, 1), "", said), actual) for number in range(count)]


def test_a_method_that_beats_the_others_by_far_speaks_and_the_reason_says_by_how_much() -> None:
    items = judged(key(), 8, seasonal_naive=0.2, ets=0.1, theta=0.05)
    items += [item for name in "bcd" for item in judged(key("team", name), 8, seasonal_naive=0.2, ets=0.05, theta=0.1)]
    champion = choose(items, {key(): METHODS})[key()]
    assert (champion.method, champion.origin_count) == ("theta", 8)
    assert champion.reason == "smallest error in 8 origins, 5.0 %; next is ets with 10.0 %"


def test_a_narrow_lead_is_chance_and_what_serves_the_type_best_speaks() -> None:
    items = judged(key(), 8, seasonal_naive=0.2, ets=0.1, theta=0.098)
    items += [item for name in "bcd" for item in judged(key("team", name), 8, seasonal_naive=0.2, ets=0.05, theta=0.1)]
    assert choose(items, {key(): METHODS})[key()].method == "ets"


def test_a_scope_with_few_closed_months_takes_what_serves_its_type() -> None:
    items = judged(key(), 2, seasonal_naive=0.01, ets=0.5, theta=0.5)
    items += [item for name in "bcd" for item in judged(key("team", name), 8, seasonal_naive=0.2, ets=0.05, theta=0.1)]
    champion = choose(items, {key(): METHODS})[key()]
    assert champion.method == "ets"
    assert "only 2 origins of its own" in champion.reason


def test_a_method_without_the_history_cannot_speak() -> None:
    items = judged(key("team", "b"), 8, seasonal_naive=0.2, ets=0.05, theta=0.1)
    assert choose(items, {key(): {"seasonal_naive", "recent_level"}})[key()].method == "seasonal_naive"


def test_without_any_closed_month_the_usual_method_speaks() -> None:
    champion = choose([], {key(): {"seasonal_naive", "recent_level", "ets", "combination"}})[key()]
    assert champion.method == "combination"
    assert champion.wape is None


def test_the_champion_of_an_origin_is_chosen_by_the_others() -> None:
    lucky, *others = judged(key(), 6, seasonal_naive=0.2, ets=0.1, theta=0.09)
    lucky = judged(key(), 1, seasonal_naive=0.2, ets=0.0, theta=0.09)[0]
    items, methods = [lucky, *others], {key(): METHODS}
    rivals = choose_without(items, methods)
    assert choose(items, methods)[key()].method == "ets"
    assert rivals[lucky.window.origin][key()].method == "theta"
    assert rivals[others[0].window.origin][key()].method == "ets"
