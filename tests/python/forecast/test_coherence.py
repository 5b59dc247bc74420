"""Children add up to their parent in money, whatever the forecasts were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.analysis.forecast.coherence import families, handed_down, reconcile, rounded
from orchestration.analysis.forecast.series import Key
from tests.python.forecast.series import key

ALL, EAST, WEST = key("company", "all"), key("business_unit", "east"), key("business_unit", "west")
TEAMS = [key("team", name) for name in "abc"]
SERVICES = [key("service", name) for name in "xy"]
WHOLE = [((ALL,), (EAST, WEST)), ((EAST,), (TEAMS[0], TEAMS[1])), ((WEST,), (TEAMS[2],)), ((ALL,), tuple(SERVICES))]
KEYS = [ALL, EAST, WEST, *TEAMS, *SERVICES]
MONEY = st.floats(-1e6, 1e9, allow_nan=False)


def _adds_up(done: dict, whole: list = WHOLE) -> bool:
    return all((sum(done[key] for key in above) == sum(done[key] for key in below)).all() for above, below in whole)


@given(
    st.lists(st.lists(MONEY, min_size=8, max_size=8), min_size=1, max_size=3),
    st.lists(st.floats(0, 1e6), min_size=8, max_size=8),
    st.booleans(),
)
def test_two_hierarchies_of_one_total_add_up_to_the_millionth(columns: list, variances: list, negative: bool) -> None:
    paths = dict(zip(KEYS, np.array(columns).T, strict=True))
    weights = dict(zip(KEYS, variances, strict=True))
    done = rounded(reconcile(paths, WHOLE, weights), WHOLE, dict.fromkeys(KEYS, negative))
    assert _adds_up(done)
    assert negative or min(path.min() for path in done.values()) >= 0


def test_the_forecast_that_is_sure_gives_way_less() -> None:
    paths = {ALL: np.array([100.0]), EAST: np.array([40.0]), WEST: np.array([40.0])}
    done = reconcile(paths, [((ALL,), (EAST, WEST))], {ALL: 1.0, EAST: 1.0, WEST: 98.0})
    assert done[ALL][0] == pytest.approx(done[EAST][0] + done[WEST][0])
    assert abs(done[EAST][0] - 40) < 1 < abs(done[WEST][0] - 40)


def test_what_has_come_to_an_end_gets_nothing_of_the_difference() -> None:
    paths = {ALL: np.array([100.0]), EAST: np.array([0.0]), WEST: np.array([40.0])}
    done = reconcile(paths, [((ALL,), (EAST, WEST))], dict.fromkeys(paths, 1.0))
    assert done[EAST].tolist() == [0.0]
    assert done[ALL] == pytest.approx(done[WEST])


def test_forecasts_that_add_up_are_left_alone() -> None:
    paths = {ALL: np.array([100.0]), EAST: np.array([60.0]), WEST: np.array([40.0])}
    done = rounded(reconcile(paths, [((ALL,), (EAST, WEST))], {}), [((ALL,), (EAST, WEST))], {})
    assert [int(done[name][0]) for name in (ALL, EAST, WEST)] == [100_000_000, 60_000_000, 40_000_000]


def test_only_what_adds_up_in_the_bill_must_add_up_in_the_forecast() -> None:
    recent = {ALL: np.array([10.0]), EAST: np.array([6.0]), WEST: np.array([4.0]), SERVICES[0]: np.array([3.0])}
    parents = {("business_unit", "east"): ("company", "all"), ("business_unit", "west"): ("company", "all")}
    parents[("service", "x")] = ("company", "all")
    assert families(list(recent), parents, recent) == [((ALL,), (EAST, WEST))]


def test_a_service_of_two_providers_adds_up_to_both_together() -> None:
    one, two = key("provider", "one"), key("provider", "two")
    recent = {one: np.array([6.0]), two: np.array([4.0]), SERVICES[0]: np.array([7.0]), SERVICES[1]: np.array([3.0])}
    parents = {("service", name): ("provider", "one") for name in "xy"}  # x is billed by both
    whole = families(list(recent), parents, recent)
    assert whole == [((one, two), tuple(SERVICES))]
    paths = {name: path * 1.1 if name == one else path for name, path in recent.items()}
    assert _adds_up(rounded(reconcile(paths, whole, dict.fromkeys(recent, 1.0)), whole, {}), whole)


def test_a_service_of_two_providers_and_currencies_adds_up_in_both() -> None:
    """`dim_scopes` names one provider of it, which has no cost in the other currency."""
    one, two = key("provider", "one"), Key("provider", "two", "Credits")
    ours, theirs = key("service", "x"), Key("service", "x", "Credits")
    recent = {one: np.array([6.0]), ours: np.array([6.0]), two: np.array([4.0]), theirs: np.array([4.0])}
    whole = families(list(recent), {("service", "x"): ("provider", "one")}, recent)
    assert whole == [((one,), (ours,)), ((two,), (theirs,))]


def test_a_change_that_one_hierarchy_knows_is_shared_in_the_others_as_their_cost_is() -> None:
    change, levels = np.array([0.0, 8.0]), {SERVICES[0]: 30.0, SERVICES[1]: 10.0, WEST: 5.0, EAST: 5.0}
    done = handed_down({TEAMS[0]: change, EAST: change, ALL: change}, WHOLE, levels)
    assert _adds_up(done)
    assert [done[name].tolist() for name in SERVICES] == [[0, 6], [0, 2]]
    assert [done[name].tolist() for name in (EAST, WEST, TEAMS[0])] == [[0, 8], [0, 0], [0, 8]]
    assert handed_down({}, WHOLE, levels) == {}
