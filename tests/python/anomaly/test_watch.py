"""From marts to anomalies: what is complete, what keeps its id, what is the same money."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.analysis import Context
from orchestration.analysis.anomaly import watch
from orchestration.analysis.anomaly.reading import COLUMNS, last_complete_day
from orchestration.analysis.warehouse import DuckDBWarehouse

from .states import said

FIRST = dt.date(2026, 1, 1)
AFTER = "charge_date >= date '2026-03-02'"
DAYS = 120
DIMENSIONS = (
    *("service_provider_name", "billing_account_id", "sub_account_id", "service_name", "region_id", "team"),
    *("business_unit", "product", "environment", "cost_center"),
)
OF_TYPE = {
    "provider": "service_provider_name",
    "billing_account": "billing_account_id",
    "sub_account": "sub_account_id",
    "service": "service_name",
    "region": "region_id",
}
NO_HOURS = """
    create table finops_ops.anomaly_hourly_costs (charge_date date, hour_of_day bigint, currency varchar,
        source_name varchar, service_provider_name varchar, billing_account_id varchar, sub_account_id varchar,
        service_name varchar, region_id varchar, effective_cost decimal(38, 9), line_count bigint)"""


def charges() -> list[tuple]:
    """Two teams, each with an account and a service of its own; team `data` triples on three days in April."""
    draw, rows = np.random.default_rng(3), []
    for name, level in (("data", 100.0), ("web", 150.0)):
        for place, noise in enumerate(draw.normal(0, 0.04, DAYS)):
            cost = level * float(np.exp(noise)) * (3 if name == "data" and 100 <= place < 103 else 1)
            day = FIRST + dt.timedelta(days=place)
            rows.append(("aws", "p", f"acc-{name}", f"svc-{name}", "r", name, "unit", "x", "prod", "CC", day, cost))
    return rows


@pytest.fixture
def warehouse() -> DuckDBWarehouse:
    con = duckdb.connect()
    for schema in ("intermediate", "marts", "staging", "raw", "ops"):
        con.execute(f"create schema finops_{schema}")
    con.execute(NO_HOURS)
    con.execute(
        "create table finops_intermediate.int_renamed_teams (team varchar, renamed_team varchar, renamed_date date)"
    )
    con.execute(
        f"create table cells ({', '.join(f'{name} varchar' for name in DIMENSIONS)}, charge_date date, cost double)"
    )
    con.executemany(
        f"insert into cells values ({', '.join('?' * (len(DIMENSIONS) + 2))})",
        [("aws", *row[1:]) for row in charges()],
    )
    con.execute("""
        create table finops_marts.fct_planning_costs_daily as
        select *, 'USD' as currency, 'Usage' as charge_category, cast(cost as decimal(38, 9)) as effective_cost
        from cells;
        create table finops_marts.fct_cost_daily as
        select *, 'bill' as source_name, 10 as line_count from finops_marts.fct_planning_costs_daily;
        create table finops_staging.stg_facts__planned_changes (
            scope_type varchar, scope_id varchar, service_name varchar, start_date date, end_date date,
            daily_change_cost decimal(38, 9), currency varchar, change_status varchar);
    """)
    parts = ["select 'company' as scope_type, 'all' as scope_id, * from finops_marts.fct_planning_costs_daily"]
    for column in DIMENSIONS:
        kind = next((name for name, source in OF_TYPE.items() if source == column), column)
        parts.append(f"select '{kind}', {column}, * from finops_marts.fct_planning_costs_daily")
    con.execute(f"create table finops_marts.fct_scope_costs_daily as {' union all '.join(parts)}")
    con.execute("""
        create table finops_marts.dim_scopes as
        select distinct scope_type, scope_id,
            case scope_type when 'company' then null when 'team' then 'business_unit' when 'service' then 'provider'
                when 'sub_account' then 'billing_account' else 'company' end as parent_scope_type,
            case scope_type when 'company' then null when 'team' then 'unit' when 'service' then 'aws'
                when 'sub_account' then 'p' else 'all' end as parent_scope_id
        from finops_marts.fct_scope_costs_daily""")
    return DuckDBWarehouse(con)


def found(warehouse: DuckDBWarehouse, cache: Path) -> list[dict]:
    cache.mkdir(exist_ok=True)
    context = Context(warehouse, dt.datetime(2026, 5, 1), "p", cache)  # noqa: DTZ001
    return watch.compute(context)["anomalies"].to_pylist()


def show_days(warehouse: DuckDBWarehouse, *publications: tuple[dt.date, float]) -> None:
    """Let publications have shown 12 to 14 April as the truth times a factor; the newest shows the truth."""
    con = warehouse.connection
    con.execute("drop table if exists finops_ops.day_totals_history")
    con.execute("""
        create table finops_ops.day_totals_history (vintage_id varchar, known_start timestamp, source_name varchar,
            service_name varchar, billing_currency varchar, charge_date date, value decimal(38, 9))""")
    for known, factor in publications:
        con.execute(
            "insert into finops_ops.day_totals_history select ?, ?, 'bill', service_name, 'USD', charge_date, "
            "sum(effective_cost) * ? from finops_marts.fct_cost_daily where service_name = 'svc-data' "
            "and charge_date between ? and ? group by service_name, charge_date",
            [str(known), known, factor, FIRST + dt.timedelta(days=100), FIRST + dt.timedelta(days=102)],
        )


def test_days_that_were_delivered_anew_are_no_news_of_those_days(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    whole, later = FIRST + dt.timedelta(days=106), FIRST + dt.timedelta(days=115)
    cache, restated = tmp_path / "cache", ((whole, 1 / 3), (later, 1.0))
    show_days(warehouse, *restated)
    assert found(warehouse, cache) == []
    # a change of a twentieth is none, nor is what comes in until a day is whole, however seldom somebody looks
    partly = FIRST + dt.timedelta(days=101)
    for publications in (((whole, 0.95), (later, 1.0)), ((partly, 0.2), (whole, 1.0)), ((partly, 0.2), (later, 1.0))):
        show_days(warehouse, *publications)
        assert {row["onset_date"] for row in found(warehouse, cache)} == {FIRST + dt.timedelta(days=100)}
    # what was told before stands as long as its new cost says so
    show_days(warehouse, *restated)
    of_data = {"scope_type": "team", "scope_id": "data", "direction": "up", "anomaly_id": "a1"}
    days = {"onset_date": dt.date(2026, 4, 11), "flagged_date": dt.date(2026, 4, 13)}
    said(warehouse.connection, of_data | days)
    assert [(row["scope_id"], row["anomaly_id"]) for row in found(warehouse, cache)] == [("data", "a1")]


def test_who_rests_costs_less_and_nobody_is_told(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    day = FIRST + dt.timedelta(days=70)
    for relation in ("fct_planning_costs_daily", "fct_scope_costs_daily"):
        warehouse.connection.execute(
            f"update finops_marts.{relation} set effective_cost = effective_cost / 3 "
            f"where charge_date = date '{day}' and team = 'web'"
        )
    assert {row["onset_date"] for row in found(warehouse, tmp_path / "cache")} >= {day}
    warehouse.connection.execute(f"""
        create table finops_raw.rule_holidays as select * from (values
            ('May Day', 'team', 'web', date '{day}', date '{day}' + 1),
            ('May Day', 'service', 'svc-web', date '{day}', date '{day}' + 1),
            ('May Day', 'sub_account', 'acc-web', date '{day}', date '{day}' + 1),
            ('May Day', 'team', 'data', date '{day}' + 30, date '{day}' + 31)
        ) t(holiday_name, scope_type, scope_id, valid_from, valid_to)""")
    told = {(row["scope_id"], row["onset_date"]) for row in found(warehouse, tmp_path / "cache")}
    assert {scope for scope, onset in told if onset == day} <= {"r", "prod", "x", "CC"}  # no row says that they rest
    assert told & {(name, day + dt.timedelta(days=30)) for name in ("data", "acc-data", "svc-data")}  # more is told
    warehouse.connection.execute("update finops_raw.rule_holidays set scope_type = null, scope_id = null")
    assert day not in {row["onset_date"] for row in found(warehouse, tmp_path / "cache")}


def test_a_job_that_ran_away_is_told_once_for_team_account_and_service(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    rows = found(warehouse, tmp_path / "cache")
    told = [row for row in rows if row["told_by_id"] is None]
    assert [(row["anomaly_kind"], row["onset_date"], row["last_date"]) for row in told] == [
        ("spike", FIRST + dt.timedelta(days=100), FIRST + dt.timedelta(days=102))
    ]
    assert told[0]["scope_id"] in {"data", "acc-data", "svc-data"}
    assert {row["scope_type"] for row in rows} >= {"team", "sub_account", "service"}
    assert {row["told_by_id"] for row in rows} == {None, told[0]["anomaly_id"]}
    assert told[0]["impact_cost"] == pytest.approx(Decimal(600), rel=Decimal("0.1"))
    assert told[0]["source_name"] == "bill"


def test_cost_that_only_moved_between_teams_is_told_once_and_as_moved(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    for relation in ("fct_planning_costs_daily", "fct_scope_costs_daily"):
        of_both = "" if "planning" in relation else "and scope_type <> 'team'"
        warehouse.connection.execute(f"""
            create temp table half as select * replace (effective_cost / 2 as effective_cost)
            from finops_marts.{relation} where team = 'data' and {AFTER};
            delete from finops_marts.{relation} where team = 'data' and {AFTER};
            insert into finops_marts.{relation} select * from half;
            insert into finops_marts.{relation} select * replace ('web' as team) from half where true {of_both};
            """)
        if of_both:
            warehouse.connection.execute(f"""insert into finops_marts.{relation}
                select * replace ('web' as team, 'web' as scope_id) from half where scope_type = 'team'""")
        warehouse.connection.execute("drop table half")
    rows = [row for row in found(warehouse, tmp_path / "cache") if row["onset_date"] < FIRST + dt.timedelta(days=70)]
    assert {(row["scope_id"], row["direction"], row["is_moved"]) for row in rows} == {
        ("web", "up", True),
        ("data", "down", True),
    }
    (told,) = [row for row in rows if row["told_by_id"] is None]
    assert told["scope_id"] == "web"


@pytest.mark.parametrize(("begins", "news"), [("2026-01-01", []), ("2026-03-01", [dt.date(2026, 3, 1)])])
def test_a_fee_that_comes_each_month_is_told_the_first_time(
    warehouse: DuckDBWarehouse, tmp_path: Path, begins: str, news: list[dt.date]
) -> None:
    for relation in ("fct_planning_costs_daily", "fct_scope_costs_daily"):
        warehouse.connection.execute(f"""
            insert into finops_marts.{relation}
            select * replace ('Purchase' as charge_category, 900 as effective_cost)
            from finops_marts.{relation}
            where service_name = 'svc-web' and day(charge_date) = 1 and charge_date >= date '{begins}'""")
    told = [row for row in found(warehouse, tmp_path / "cache") if row["told_by_id"] is None]
    ran_away = FIRST + dt.timedelta(days=100)
    assert sorted(row["onset_date"] for row in told) == [*news, ran_away]
    assert {row["scope_type"] for row in told if row["onset_date"] in news} <= {"service"}, "where it is bought"


def test_an_anomaly_keeps_the_id_that_a_former_publication_gave(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    former = next(row for row in found(warehouse, tmp_path / "a") if row["told_by_id"] is None)
    moved = former["onset_date"] - dt.timedelta(days=2)
    said(warehouse.connection, former | {"onset_date": moved, "anomaly_id": "known"})
    assert [row["anomaly_id"] for row in found(warehouse, tmp_path / "b") if row["told_by_id"] is None] == ["known"]


def test_what_did_not_change_is_not_searched_again(
    warehouse: DuckDBWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = found(warehouse, tmp_path / "cache")
    monkeypatch.setattr(watch, "detect", lambda _: pytest.fail("searched again"))
    assert found(warehouse, tmp_path / "cache") == first


def test_an_announced_change_is_no_anomaly(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    warehouse.connection.execute(
        "insert into finops_staging.stg_facts__planned_changes values "
        "('team', 'data', 'svc-data', date '2026-04-11', date '2026-04-14', 210, 'USD', 'approved')"
    )
    # nor in the account, the region and whatever else holds the same money
    assert found(warehouse, tmp_path / "cache") == []


def test_a_team_that_the_rules_rename_is_neither_lost_nor_new(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    for name in ("cells", "finops_marts.fct_planning_costs_daily", "finops_marts.fct_cost_daily"):
        warehouse.connection.execute(f"update {name} set team = 'science' where team = 'data' and {AFTER}")
    warehouse.connection.execute(
        f"update finops_marts.fct_scope_costs_daily set scope_id = 'science', team = 'science' "
        f"where scope_type = 'team' and scope_id = 'data' and {AFTER}"
    )
    warehouse.connection.execute(
        "insert into finops_marts.dim_scopes values ('team', 'science', 'business_unit', 'unit')"
    )
    told = {row["scope_id"] for row in found(warehouse, tmp_path / "a")}
    assert told & {"data", "science"}
    warehouse.connection.execute(
        "insert into finops_intermediate.int_renamed_teams values ('data', 'science', date '2026-03-02')"
    )
    renamed = found(warehouse, tmp_path / "b")
    assert [row["onset_date"] for row in renamed if row["scope_id"] == "science"] == [FIRST + dt.timedelta(days=100)]
    assert "data" not in {row["scope_id"] for row in renamed}


def test_scopes_are_those_of_the_marts() -> None:
    macros = (Path(__file__).resolve().parents[3] / "macros" / "planning.sql").read_text(encoding="utf-8")
    told = re.findall(r"'(\w+)': '(\w+)',", macros.split("macro planning_scopes")[1].split("endmacro")[0])
    assert {"company": "'all'", **dict(told)} == COLUMNS


def test_a_day_delivered_in_part_is_not_complete() -> None:
    lines = {FIRST + dt.timedelta(days=place): 100 for place in range(40)}
    last = max(lines)
    assert last_complete_day(lines) == last
    lines[last] = 40
    assert last_complete_day(lines) == last - dt.timedelta(days=1)


def test_nothing_at_all_gives_empty_tables(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    warehouse.connection.execute("delete from finops_marts.fct_scope_costs_daily")
    assert found(warehouse, tmp_path / "cache") == []
