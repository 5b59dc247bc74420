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
from orchestration.analysis.anomaly import watch
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


def nothing(_: np.ndarray) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (runaway, [(TODAY, 13, 15, True)]),
        (outage, [(TODAY, 9, 12, False)]),
        (gap, [(TODAY, 9, 12, False)]),
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


@pytest.mark.parametrize(("change", "is_up"), [(morning_gone, False), (most_of_it_gone, False), (long_runaway, True)])
def test_hours_that_are_as_ever_are_not_told_for_those_that_are_not(change: Change, *, is_up: bool) -> None:
    """The level of a day is the median of its hours: most of a day moves it."""
    for seed in range(20):
        cost = ordinary(seed=seed)
        change(cost)
        assert {up for day, _, _, up in found(cost) if day == TODAY} <= {is_up}


def test_an_hour_is_judged_by_the_days_before_it_alone() -> None:
    cost = ordinary()
    runaway(cost)
    cost[TODAY + 1 :, 13:16] *= 3.0
    assert (TODAY, 13, 15, True) in found(cost)


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


def anomalies(warehouse: DuckDBWarehouse, cache: Path) -> list[dict]:
    """Build what the search reads from the hours, and search; of anomalies of hours."""
    con, unknown = warehouse.connection, "'Unknown'"
    con.execute(f"""
        create or replace table finops_ops.anomaly_hourly_costs as
        select date '{FIRST}' + day as charge_date, hour_of_day, 'USD' as currency, 'aws' as service_provider_name,
            'p' as billing_account_id, account as sub_account_id, replace(account, 'acc', 'svc') as service_name,
            'r' as region_id, cast(cost as decimal(38, 9)) as effective_cost
        from hours;
        create or replace table finops_marts.fct_planning_costs_daily as
        select *, {unknown} as team, {unknown} as business_unit, {unknown} as product, {unknown} as environment,
            {unknown} as cost_center, 'Usage' as charge_category
        from finops_ops.anomaly_hourly_costs;
        create or replace table finops_marts.fct_cost_daily as
        select *, 'bill' as source_name, 1 as line_count from finops_marts.fct_planning_costs_daily;
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


def test_two_things_at_once_are_two(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    change(warehouse, "acc-ops", TODAY, "14, 15", 2.0)
    told = [row for row in anomalies(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    assert {row["scope_id"].split("-")[1] for row in told} == {"data", "ops"}


def test_what_was_announced_is_no_anomaly(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    day = FIRST + dt.timedelta(days=TODAY)
    warehouse.connection.execute(
        "insert into finops_staging.stg_facts__planned_changes values "
        f"('sub_account', 'acc-data', null, date '{day}', date '{day}' + 1, 50, 'USD', 'approved')"
    )
    assert anomalies(warehouse, tmp_path / "cache") == []


def test_a_small_plan_makes_nobody_deaf(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    change(warehouse, "acc-data", TODAY, "13, 14, 15", 2.6)
    warehouse.connection.execute(
        "insert into finops_staging.stg_facts__planned_changes values "
        f"('sub_account', 'acc-data', null, date '{FIRST}', date '{FIRST}' + 365, 0.01, 'USD', 'approved')"
    )
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
    said(warehouse.connection, *(row | {"anomaly_state": state} for row in (told, older, part)))
    rows = {row["anomaly_id"]: row for row in anomalies(warehouse, tmp_path / "cache")}
    assert told["anomaly_id"] in rows
    if not stays or is_searched:
        assert not {"older", "part"} & set(rows)
    else:
        assert {name: rows["older"][name] for name in KEPT_COLUMNS} == {name: older[name] for name in KEPT_COLUMNS}
        assert rows["part"]["told_by_id"] == "older"


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
