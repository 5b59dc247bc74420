"""Anomalies of hours: found where the day hides them, told once, and kept when their day is no longer searched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.analysis import Context
from orchestration.analysis.anomaly import hourly, reading, watch
from orchestration.analysis.anomaly.cells import Cells
from orchestration.analysis.anomaly.hourly import KEPT_COLUMNS
from orchestration.analysis.anomaly.hours import HOURS, JUDGED, MEMORY, search
from orchestration.analysis.warehouse import DuckDBWarehouse

from .states import said

DAYS = JUDGED + MEMORY
FIRST = dt.date(2026, 3, 2)  # a Monday
WEEKDAY = np.arange(DAYS) % 7
TODAY = DAYS - 3
ACCOUNTS = {"acc-data": 100.0, "acc-web": 150.0, "acc-ops": 400.0}
Change = Callable[[np.ndarray], None]


def ordinary(level: float = 100.0, seed: int = 5) -> np.ndarray:
    """Cost of one scope: more by day than by night, less at weekends, hours off by 5 percent and days by 15."""
    draw = np.random.default_rng(seed)
    shape = 1 + 0.5 * np.sin(np.pi * (np.arange(HOURS) - 6) / 12)
    noise = np.exp(draw.normal(0, 0.05, (DAYS, HOURS)) + draw.normal(0, 0.15, (DAYS, 1)))
    return level / HOURS * shape * noise * np.where(WEEKDAY >= 5, 0.6, 1.0)[:, None]


def found(cost: np.ndarray) -> list[tuple[int, int, int, bool]]:
    """Day, first and last hour and direction of what stands out in one scope."""
    judged = np.ones((1, DAYS), dtype=bool)
    return [(one.day, one.first, one.last, one.up) for one in search(cost[None], judged, WEEKDAY)]


def runaway(cost: np.ndarray) -> None:
    cost[TODAY, 13:16] *= 3.0


def outage(cost: np.ndarray) -> None:
    cost[TODAY, 9:13] *= 0.2


def gap(cost: np.ndarray) -> None:
    cost[TODAY, 9:13] = 0.0


def moved_day(cost: np.ndarray) -> None:
    cost[TODAY] *= 1.8


def nightly(cost: np.ndarray) -> None:
    cost[np.arange(DAYS), 2] *= 8.0


def nightly_once_later(cost: np.ndarray) -> None:
    nightly(cost)
    cost[TODAY, 2], cost[TODAY, 3] = cost[TODAY, 2] / 8, cost[TODAY, 3] * 8


def monthly(cost: np.ndarray) -> None:
    cost[[TODAY - 31, TODAY], 0] += 80.0


def morning_gone(cost: np.ndarray) -> None:
    cost[TODAY, :13] = 0.0


def most_of_it_gone(cost: np.ndarray) -> None:
    cost[TODAY, 8:] *= 0.2


def long_runaway(cost: np.ndarray) -> None:
    cost[TODAY, 6:20] *= 2.5


def ten_hours(cost: np.ndarray) -> None:
    cost[TODAY, 8:18] *= 2.0


def half_a_day(cost: np.ndarray) -> None:
    cost[TODAY, :12] *= 0.3


def twice(cost: np.ndarray) -> None:
    cost[TODAY, 3:5] *= 3.0
    cost[TODAY, 16:19] *= 2.0


def up_and_down(cost: np.ndarray) -> None:
    cost[TODAY, 3:5] *= 3.0
    cost[TODAY, 12:16] *= 0.2


def nothing(_: np.ndarray) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (runaway, [(TODAY, 13, 15, True)]),
        (outage, [(TODAY, 9, 12, False)]),
        (gap, [(TODAY, 9, 12, False)]),
        (ten_hours, [(TODAY, 8, 17, True)]),
        (half_a_day, [(TODAY, 0, 11, False)]),
        (twice, [(TODAY, 3, 4, True), (TODAY, 16, 18, True)]),
        (up_and_down, [(TODAY, 3, 4, True), (TODAY, 12, 15, False)]),
        (moved_day, []),
        (nightly, []),
        (nightly_once_later, []),
        (monthly, []),
        (nothing, []),
    ],
)
def test_hours_stand_out_of_their_day(change: Change, expected: list[tuple[int, int, int, bool]]) -> None:
    cost = ordinary()
    change(cost)
    assert found(cost) == expected


@pytest.mark.parametrize(
    ("change", "hours", "is_up"),
    [(morning_gone, (0, 12), False), (most_of_it_gone, (8, 23), False), (long_runaway, (6, 19), True)],
)
def test_hours_that_are_as_ever_are_not_told_for_those_that_are_not(
    change: Change, hours: tuple[int, int], *, is_up: bool
) -> None:
    """Where most hours of a day are off, the few at a level that days had before are not what went wrong."""
    for seed in range(20):
        cost = ordinary(seed=seed)
        change(cost)
        ((_, first, last, up),) = [one for one in found(cost) if one[0] == TODAY]
        assert up == is_up
        assert max(abs(first - hours[0]), abs(last - hours[1])) <= 2


def test_an_hour_is_judged_by_the_days_before_it_alone() -> None:
    cost = ordinary()
    runaway(cost)
    cost[TODAY + 1 :, 13:16] *= 3.0
    assert (TODAY, 13, 15, True) in found(cost)


@pytest.mark.parametrize("factor", [1.5, 2.0, 0.5])
@pytest.mark.parametrize("hour", [8, 10, 12])
def test_a_step_that_stays_is_told_in_its_own_direction(factor: float, hour: int) -> None:
    """Once in ten a day is so calm or so dear besides that its other part looks off."""
    wrong = 0
    for seed in range(20):
        cost = ordinary(seed=seed)
        cost[TODAY, hour:] *= factor
        cost[TODAY + 1 :] *= factor
        wrong += any(up != (factor > 1) for day, _, _, up in found(cost) if day == TODAY)
    assert wrong <= 3


@pytest.mark.parametrize("clock", [-8, 9])
def test_weekends_begin_where_people_are(clock: int) -> None:
    """Saturday morning in UTC is a working evening somewhere: what weekdays have of their own hides nothing."""
    local = (np.arange(DAYS * HOURS) + clock) // HOURS % 7
    told = 0
    for seed in range(10):
        cost = ordinary(seed=seed) / np.where(WEEKDAY >= 5, 0.6, 1.0)[:, None]
        cost *= np.where(local >= 5, 0.4, 1.0).reshape(DAYS, HOURS)
        cost[TODAY - 2, 4:7] *= 2.5
        cost[TODAY - 2, 17:20] *= 2.5
        told += len([one for one in found(cost) if one[0] == TODAY - 2 and one[3]])
    assert told >= 18


def test_an_interval_grows_with_the_hours() -> None:
    """Hours in a row are off together: eight of them are no narrower than one, as if each were off by itself."""
    for hours in (1, 8):
        cost = ordinary()
        cost[TODAY, 8 : 8 + hours] *= 3.0
        ((low, expected, high),) = [
            (one.low, one.expected, one.high)
            for one in search(cost[None], np.ones((1, DAYS), dtype=bool), WEEKDAY)
            if one.day == TODAY
        ]
        assert high / expected == pytest.approx(expected / low)
        assert 1.03 < high / expected < 1.2


def test_what_goes_on_after_midnight_is_one() -> None:
    """The expected cost of both days, and an interval narrower than the sum of theirs."""
    cost = ordinary()
    cost[TODAY, 21:] *= 3.0
    cost[TODAY + 1, :2] *= 3.0
    assert found(cost) == [(TODAY, 21, 25, True)]
    parts = (cost[TODAY, 21:].sum(), cost[TODAY + 1, :2].sum())
    (one,) = search(cost[None], np.ones((1, DAYS), dtype=bool), WEEKDAY)
    assert one.actual == pytest.approx(sum(parts))
    assert one.common(one) == [(TODAY, slice(21, 24)), (TODAY + 1, slice(0, 2))]
    assert one.low < one.expected < one.high < one.actual


def test_what_is_billed_once_a_day_is_not_judged_by_the_hour() -> None:
    cost = np.zeros((DAYS, HOURS))
    cost[:, 0] = ordinary().sum(1)
    cost[TODAY, 13] = 100.0
    assert found(cost) == []


@pytest.fixture
def warehouse() -> DuckDBWarehouse:
    """Three accounts, each with a service of its own, by the hour and by the day; none of them with a team."""
    con = duckdb.connect()
    for schema in ("intermediate", "marts", "staging", "raw", "ops"):
        con.execute(f"create schema finops_{schema}")
    con.execute("""
        create table finops_intermediate.int_renamed_teams (team varchar, renamed_team varchar, renamed_date date);
        create table finops_staging.stg_facts__planned_changes (
            scope_type varchar, scope_id varchar, service_name varchar, start_date date, end_date date,
            daily_change_cost decimal(38, 9), currency varchar, change_status varchar);
        create table hours (account varchar, day integer, hour_of_day integer, cost double)""")
    rows = [
        (name, day, hour, float(cost))
        for seed, (name, level) in enumerate(ACCOUNTS.items())
        for day, hours in enumerate(ordinary(level, seed))
        for hour, cost in enumerate(hours)
    ]
    con.executemany("insert into hours values (?, ?, ?, ?)", rows)
    return DuckDBWarehouse(con)


def anomalies(warehouse: DuckDBWarehouse, cache: Path, late: str = "") -> list[dict]:
    """Build what the search reads from the hours, and search; of anomalies of hours.

    One account may be that of a late source.
    """
    con, unknown = warehouse.connection, "'Unknown'"
    con.execute(f"""
        create or replace table finops_ops.anomaly_hourly_costs as
        select date '{FIRST}' + day as charge_date, hour_of_day, 'USD' as currency, 'aws' as service_provider_name,
            'p' as billing_account_id, account as sub_account_id, replace(account, 'acc', 'svc') as service_name,
            'r' as region_id, cast(cost as decimal(38, 9)) as effective_cost, 4 as line_count,
            case when account = '{late}' then 'late' else 'bill' end as source_name
        from hours;
        create or replace table finops_marts.fct_planning_costs_daily as
        select *, {unknown} as team, {unknown} as business_unit, {unknown} as product, {unknown} as environment,
            {unknown} as cost_center, 'Usage' as charge_category
        from finops_ops.anomaly_hourly_costs;
        create or replace table finops_marts.fct_cost_daily as
        select * from finops_marts.fct_planning_costs_daily;
        create or replace table finops_marts.fct_scope_costs_daily as
        select 'company' as scope_type, 'all' as scope_id, * from finops_marts.fct_planning_costs_daily
        union all select 'service', service_name, * from finops_marts.fct_planning_costs_daily
        union all select 'sub_account', sub_account_id, * from finops_marts.fct_planning_costs_daily
        union all select 'region', region_id, * from finops_marts.fct_planning_costs_daily;
        create or replace table finops_marts.dim_scopes as
        select distinct scope_type, scope_id, case when scope_type <> 'company' then 'company' end as parent_scope_type,
            case when scope_type <> 'company' then 'all' end as parent_scope_id
        from finops_marts.fct_scope_costs_daily""")
    cache.mkdir(exist_ok=True)
    context = Context(warehouse, dt.datetime(2026, 5, 1), "p", cache)  # noqa: DTZ001
    rows = watch.compute(context)["anomalies"].to_pylist()
    return [row for row in rows if row["anomaly_grain"] == "hour"]


def change(warehouse: DuckDBWarehouse, account: str, day: int, hours: str, factor: float) -> None:
    where = f"account = '{account}' and day = {day} and hour_of_day in ({hours})"
    warehouse.connection.execute(f"update hours set cost = cost * {factor} where {where}")


def announce(warehouse: DuckDBWarehouse, day: int, days: int, cost: float) -> None:
    """Plan so much more a day for account `acc-data`, from a day on."""
    first = FIRST + dt.timedelta(days=day)
    warehouse.connection.execute(
        "insert into finops_staging.stg_facts__planned_changes values "
        f"('sub_account', 'acc-data', null, date '{first}', date '{first}' + {days}, {cost}, 'USD', 'approved')"
    )


def test_one_thing_is_told_once_by_the_smallest_scope_that_holds_it(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    assert anomalies(warehouse, tmp_path / "cache") == []
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    rows = anomalies(warehouse, tmp_path / "cache")
    assert {row["scope_type"] for row in rows} >= {"service", "sub_account"}
    (told,) = [row for row in rows if row["told_by_id"] is None]
    assert {row["told_by_id"] for row in rows} == {None, told["anomaly_id"]}
    assert told["scope_id"] in {"acc-data", "svc-data"}
    day = FIRST + dt.timedelta(days=TODAY)
    assert (told["onset_date"], told["anomaly_kind"], told["source_name"]) == (day, "spike", "bill")
    assert (told["onset_hour"].hour, told["last_hour"].hour) == (13, 15)
    assert told["expected_low_cost"] < told["expected_cost"] < told["expected_high_cost"] < told["actual_cost"]
    assert told["impact_cost"] == told["actual_cost"] - told["expected_cost"]


@pytest.mark.parametrize("day", [TODAY + 1, TODAY + 2])
def test_it_is_told_once_at_weekends_too(warehouse: DuckDBWarehouse, tmp_path: Path, day: int) -> None:
    """Weekends cost less: what two scopes share is judged by days of that kind."""
    assert WEEKDAY[day] >= 5
    weekends = " or ".join(f"day = {place}" for place in np.flatnonzero(WEEKDAY >= 5))
    warehouse.connection.execute(
        f"update hours set cost = cost / 4 where hour_of_day between 8 and 18 and ({weekends})"
    )
    change(warehouse, "acc-data", day, "13, 14, 15", 6)
    rows = anomalies(warehouse, tmp_path / "cache")
    assert len(rows) > 1
    assert len([row for row in rows if row["told_by_id"] is None]) == 1


def test_two_things_at_once_are_two(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    change(warehouse, "acc-ops", TODAY, "14, 15", 2.0)
    told = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    assert {row["scope_id"].split("-")[1] for row in told} == {"data", "ops"}


@pytest.mark.parametrize(("also", "is_told"), [(1.0, True), (1.6, False)])
def test_a_day_of_another_scope_tells_hours_that_are_most_of_it(
    warehouse: DuckDBWarehouse, tmp_path: Path, also: float, *, is_told: bool
) -> None:
    """A region that is off by these hours is told for them; one that is off by much more besides is another thing."""
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 4)
    change(warehouse, "acc-ops", TODAY, ", ".join(map(str, range(HOURS))), also)
    anomalies(warehouse, tmp_path / "cache")
    cells = Cells(warehouse.query("select * from finops_ops.anomaly_hourly_costs"), "USD")
    cost = cells.by_hour(("sub_account", "acc-data"))[None]
    (one,) = search(cost, np.ones((1, Cells.days), dtype=bool), cells.weekday)
    day = FIRST + dt.timedelta(days=TODAY)
    region = {"scope_type": "region", "scope_id": "r", "direction": "up", "onset_date": day, "last_date": day}
    region |= {"anomaly_kind": "spike"}
    of_days = [region | {"anomaly_id": "day", "told_by_id": None}]
    told = hourly.told_by_days([(("sub_account", "acc-data"), one)], cells, of_days)
    assert told == ({0: "day"} if is_told else {})


def test_a_newest_day_without_its_last_hour_is_left_for_tomorrow(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """23 of 24 hours are enough lines to judge a day as a whole; that the last one is missing is no gap."""
    newest = DAYS - 1
    change(warehouse, "acc-data", newest, "9, 10, 11", 4)
    assert anomalies(warehouse, tmp_path / "cache")
    warehouse.connection.execute(f"delete from hours where day = {newest} and hour_of_day = 23")
    assert anomalies(warehouse, tmp_path / "cache") == []


def test_a_day_with_others_after_it_may_lack_its_last_hour(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    warehouse.connection.execute(f"delete from hours where day = {TODAY} and hour_of_day >= 21")
    assert {row["last_hour"].hour for row in anomalies(warehouse, tmp_path / "cache")} == {23}


def test_what_a_late_source_brings_of_older_days_is_not_taken_for_new(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    """Its seven weeks begin earlier than those of the others."""
    warehouse.connection.execute(
        "insert into hours select account, day - 1000, hour_of_day, 1000 from hours where day < 5"
    )
    warehouse.connection.execute(
        f"insert into hours select account, -1, hour_of_day, 5000 from hours where day = {TODAY}"
    )
    assert anomalies(warehouse, tmp_path / "cache") == []


@pytest.mark.parametrize("hours", ["12, 13, 14", "14, 15, 16", "13, 14"])
def test_hours_that_move_a_little_stay_the_same_anomaly(warehouse: DuckDBWarehouse, tmp_path: Path, hours: str) -> None:
    """Late lines move hours; who was told of it is not told of another one."""
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 3)
    (told,) = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    said(warehouse.connection, told | {"anomaly_state": "ended"})
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 1 / 3)
    change(warehouse, "acc-data", TODAY, hours, 3)
    (again,) = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    assert again["anomaly_id"] == told["anomaly_id"]
    assert (again["onset_hour"], again["last_hour"]) != (told["onset_hour"], told["last_hour"])


def test_an_id_is_given_once(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """What comes where another one began before it moved away has an id of its own."""
    change(warehouse, "acc-data", TODAY, "7, 8", 3)
    (told,) = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    moved = {name: told[name] + dt.timedelta(hours=8) for name in ("onset_hour", "last_hour")}
    said(warehouse.connection, told | moved | {"anomaly_state": "ended"})
    change(warehouse, "acc-data", TODAY, "15, 16", 3)
    first, second = sorted(
        (row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None),
        key=lambda row: row["onset_hour"],
    )
    assert second["anomaly_id"] == told["anomaly_id"] != first["anomaly_id"]


@pytest.mark.parametrize("was_told", [True, False])
def test_a_day_that_comes_anew_is_judged_where_its_hours_were_told(
    warehouse: DuckDBWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, was_told: bool
) -> None:
    """What still stands is not taken back; what was not told then is not told now."""
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    rows = anomalies(warehouse, tmp_path / "cache")
    if was_told:
        said(warehouse.connection, *(row | {"anomaly_state": "ended"} for row in rows))
    day = FIRST + dt.timedelta(days=TODAY)
    monkeypatch.setattr(reading, "_restated", lambda _: {(row["scope_type"], row["scope_id"]): [day] for row in rows})
    assert {row["anomaly_id"] for row in anomalies(warehouse, tmp_path / "cache")} == (
        {row["anomaly_id"] for row in rows} if was_told else set()
    )


def test_what_goes_on_since_days_hides_no_hours(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """A level that shifted a week ago is told; a runaway since then is another thing."""
    warehouse.connection.execute(f"update hours set cost = cost * 2 where account = 'acc-data' and day >= {TODAY - 8}")
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 4)
    told = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    assert FIRST + dt.timedelta(days=TODAY) in {row["onset_date"] for row in told}


def test_a_source_that_ends_earlier_is_judged_by_its_own_newest_days(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    day = DAYS - 18
    warehouse.connection.execute(f"delete from hours where account = 'acc-web' and day > {day + 2}")
    warehouse.connection.execute(
        "insert into hours select account, day - 20, hour_of_day, cost from hours "
        "where account = 'acc-web' and day < 20"
    )
    change(warehouse, "acc-web", day, "13, 14, 15", 5)
    rows = anomalies(warehouse, tmp_path / "cache", late="acc-web")
    assert {row["onset_date"] for row in rows} == {FIRST + dt.timedelta(days=day)}
    assert "acc-web" in {row["scope_id"] for row in rows}


def holiday(warehouse: DuckDBWarehouse, day: int) -> None:
    first = FIRST + dt.timedelta(days=day)
    warehouse.connection.execute(
        "create table finops_raw.rule_holidays (scope_type varchar, scope_id varchar, valid_from date, valid_to date);"
        f"insert into finops_raw.rule_holidays values (null, null, date '{first}', date '{first}' + 1)"
    )


@pytest.mark.parametrize(("factor", "is_told"), [(5.0, True), (0.1, False)])
def test_only_more_is_told_where_people_rest(
    warehouse: DuckDBWarehouse, tmp_path: Path, factor: float, *, is_told: bool
) -> None:
    holiday(warehouse, TODAY)
    change(warehouse, "acc-data", TODAY, "13, 14, 15", factor)
    assert bool(anomalies(warehouse, tmp_path / "cache")) == is_told


def test_a_monthly_job_is_known_from_a_holiday_too(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    holiday(warehouse, TODAY - 31)
    warehouse.connection.execute(
        "update hours set cost = cost + 60 where account = 'acc-data' and hour_of_day = 2 "
        f"and day in ({TODAY}, {TODAY - 31})"
    )
    assert anomalies(warehouse, tmp_path / "cache") == []


def test_a_plan_that_has_come_true_makes_nobody_deaf(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """What was announced weeks ago is in all days that are known."""
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 4)
    announce(warehouse, 0, 365, 10)
    assert "acc-data" in {row["scope_id"] for row in anomalies(warehouse, tmp_path / "cache")}


def test_a_day_that_did_not_change_is_not_searched_again(
    warehouse: DuckDBWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    rows = anomalies(warehouse, tmp_path / "cache")
    searched: list[int] = []
    search_day = hourly.search_day

    def counting(*arguments: object) -> list:
        searched.append(arguments[4])
        return search_day(*arguments)

    monkeypatch.setattr(hourly, "search_day", counting)
    assert anomalies(warehouse, tmp_path / "cache") == rows
    assert searched == []
    change(warehouse, "acc-data", DAYS - 1, "13, 14, 15", 6)
    assert len(anomalies(warehouse, tmp_path / "cache")) > len(rows)
    assert len(searched) == 1


def test_what_was_announced_is_no_anomaly(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    announce(warehouse, TODAY, 1, 50)
    assert anomalies(warehouse, tmp_path / "cache") == []


def test_a_small_plan_makes_nobody_deaf(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    announce(warehouse, 0, 365, 0.01)
    assert anomalies(warehouse, tmp_path / "cache")


def test_an_hour_below_nothing_is_a_correction(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", -2.6)
    assert not [row for row in anomalies(warehouse, tmp_path / "cache") if row["scope_id"] in {"acc-data", "svc-data"}]


@pytest.mark.parametrize(("state", "stays"), [("ended", True), ("not_found", False)])
@pytest.mark.parametrize(("days", "is_searched"), [(JUDGED, False), (1, True)])
def test_what_was_found_stays_when_its_day_is_no_longer_searched(
    warehouse: DuckDBWarehouse, tmp_path: Path, state: str, days: int, *, stays: bool, is_searched: bool
) -> None:
    """Days that are searched say themselves what they hold."""
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    (told,) = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    older = told | {"anomaly_id": "older", "onset_date": told["onset_date"] - dt.timedelta(days=days)}
    part = older | {"anomaly_id": "part", "told_by_id": "older"}
    deep = older | {"anomaly_id": "deep", "told_by_id": "part"}
    left = older | {"anomaly_id": "left", "told_by_id": "what is gone"}
    its_part = older | {"anomaly_id": "its part", "told_by_id": "left"}
    said(warehouse.connection, *(row | {"anomaly_state": state} for row in (told, older, part, deep, left, its_part)))
    rows = {row["anomaly_id"]: row for row in anomalies(warehouse, tmp_path / "cache")}
    assert told["anomaly_id"] in rows
    if not stays or is_searched:
        assert not {"older", "part", "deep", "left", "its part"} & set(rows)
    else:
        assert {name: rows["older"][name] for name in KEPT_COLUMNS} == {name: older[name] for name in KEPT_COLUMNS}
        assert (rows["part"]["told_by_id"], rows["deep"]["told_by_id"]) == ("older", "older")
        assert not {"left", "its part"} & set(rows)  # of a day that was taken back


def test_a_night_is_told_once_however_old_its_evening_is(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    """The evening is no longer searched, and the night is: it is the rest of what was found then."""
    change(warehouse, "acc-data", MEMORY - 1, "22, 23", 3)
    change(warehouse, "acc-data", MEMORY, "0, 1, 2", 3)
    (night,) = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    assert night["onset_hour"].hour == 0
    evening = night["onset_hour"] - dt.timedelta(hours=2)
    whole = {"anomaly_id": "whole", "onset_hour": evening, "onset_date": evening.date(), "anomaly_state": "ended"}
    said(
        warehouse.connection,
        *(
            row | whole | {"anomaly_id": row["scope_type"], "told_by_id": None}
            for row in anomalies(warehouse, tmp_path / "cache")
        ),
    )
    rows = anomalies(warehouse, tmp_path / "cache")
    assert {row["onset_hour"] for row in rows} == {evening}
    assert {row["last_date"] for row in rows} == {night["last_date"]}


def test_the_anomaly_of_a_day_tells_its_hours(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    for day in (TODAY, TODAY + 1):
        change(warehouse, "acc-data", day, ", ".join(map(str, range(6))), 30)
    rows = anomalies(warehouse, tmp_path / "cache")
    assert rows
    assert all(row["told_by_id"] for row in rows)
    assert not {row["told_by_id"] for row in rows} & {row["anomaly_id"] for row in rows}


def test_impacts_are_to_the_cent(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    for row in anomalies(warehouse, tmp_path / "cache"):
        assert row["impact_cost"] == row["impact_cost"].quantize(Decimal("0.01"))
