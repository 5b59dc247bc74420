"""The analysis over marts: tables that add up, what is cached, what is settled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.analysis import Context, run_analyses
from orchestration.analysis.forecast import cache, inputs, tables
from orchestration.analysis.warehouse import DuckDBWarehouse

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 17)  # the 17th is not settled


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> DuckDBWarehouse:
    """Two teams of one unit and one provider for half a year; team b costs half of a and is shrinking."""
    monkeypatch.setattr("orchestration.analysis.analyses", lambda: (tables.FORECAST,))
    con = duckdb.connect()
    con.execute("create schema finops_marts")
    con.execute(f"""
        create table finops_marts.fct_scope_costs_daily as
        with teams as (
            select team, cast(d as date) as charge_date, if(d = date '{LAST}', 1, 10) as line_count,
                cast(if(team = 'a', 100.123456789, 50 - date_diff('day', date '{FIRST}', d) / 10)
                    * if(isodow(d) > 5, 0.5, 1) * if(d = date '{LAST}', 0.1, 1) as decimal(38, 9)) as effective_cost
            from range(timestamp '{FIRST}', timestamp '2026-06-18', interval 1 day) days(d),
                (values ('a'), ('b')) t(team)
        ),
        scopes as (
            select 'team' as scope_type, team as scope_id, * from teams
            union all select 'company', 'all', * from teams
            union all select 'provider', 'cloud', * from teams
        )
        select scope_type, scope_id, charge_date, date_trunc('month', charge_date) as posted_month, 'USD' as currency,
            sum(effective_cost) as effective_cost, cast(sum(line_count) as bigint) as line_count
        from scopes group by all
    """)
    con.execute("""
        create table finops_marts.dim_scopes as
        select * from (values ('company', 'all', null, null), ('team', 'a', 'company', 'all'),
            ('team', 'b', 'company', 'all'), ('provider', 'cloud', 'company', 'all'))
            t(scope_type, scope_id, parent_scope_type, parent_scope_id)
    """)
    con.execute(f"""
        create table finops_marts.dim_cost_clock as select date '{LAST}' - 1 as complete_through_date;
        create table finops_marts.fct_landing_estimates as
        select scope_type, scope_id, 'USD' as currency, metric as cost_metric, date '2026-06-01' as landing_month,
            date '2026-06-16' as as_of_date, cast(usage as decimal(38, 9)) as usage_cost_ahead,
            cast(other as decimal(38, 9)) as other_cost_ahead
        from (values ('company', 'all', 1630, 88), ('provider', 'cloud', 1650, 90), ('team', 'a', 1201, 50),
            ('team', 'b', 444, 45)) scopes(scope_type, scope_id, usage, other),
            (values ('effective_cost'), ('billed_cost')) metrics(metric)
    """)
    con.execute("""
        create table finops_marts.fct_forecast_drivers as
        select 'planned_change' as driver_type, 'c1' as driver_id, 'team' as scope_type, 'a' as scope_id,
            'USD' as currency, date '2026-09-01' as start_date, cast(null as date) as end_date,
            cast(10 as decimal(38, 9)) as daily_change_cost, cast(0.5 as decimal(38, 9)) as probability_share
    """)
    con.execute(f"""
        create table finops_marts.fct_business_volumes as
        select 'orders' as metric_id, 'team' as scope_type, 'a' as scope_id, 'month' as period_grain,
            cast(d as date) as period_start, 'actual' as value_type, 'sum' as aggregation,
            cast(3000 as decimal(38, 9)) as metric_value
        from range(timestamp '{FIRST}', timestamp '2026-06-01', interval 1 month) months(d)
    """)
    return DuckDBWarehouse(con)


def run(warehouse: DuckDBWarehouse, folder: Path, as_of: dt.datetime = dt.datetime(2026, 6, 18, 6)) -> None:  # noqa: DTZ001
    run_analyses(lambda name: Context(warehouse, as_of, "20260618T060000.000Z", folder / name))


def rows(warehouse: DuckDBWarehouse, query: str) -> list[tuple]:
    warehouse.connection.execute("set schema = 'finops_analysis'")
    return warehouse.connection.execute(query).fetchall()


def test_children_add_up_to_their_parent_to_the_last_digit_in_days_and_months(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    run(warehouse, tmp_path)
    for table, period in (("forecast_days", "charge_date"), ("forecast_months", "charge_month")):
        sums = rows(
            warehouse,
            f"select {period}, count(distinct cost) from (select {period}, scope_type, sum(expected_cost) as cost "
            f"from {table} group by all) group by all",
        )
        assert sums
        assert all(count == 1 for _, count in sums)


def test_the_day_that_is_not_settled_is_forecast_and_the_open_month_has_its_exact_part(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    run(warehouse, tmp_path)
    assert rows(warehouse, "select distinct vintage_date from forecast_methods") == [(dt.date(2026, 6, 16),)]
    assert rows(warehouse, "select min(charge_date) from forecast_days") == [(LAST,)]
    found = "actual_cost, expected_cost - late_cost from forecast_months where scope_id = 'a' and lead_months = 0"
    ((actual, expected),) = rows(warehouse, f"select {found}")
    assert actual == Decimal("100.123456789") * 12 + Decimal("50.061728395") * 4  # twelve working days, two weekends
    assert expected == pytest.approx(Decimal("100.12") * 22 + Decimal("50.06") * 8, rel=Decimal("0.01"))


def test_tables_of_one_vintage_agree_about_days_and_months(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    run(warehouse, tmp_path)
    months = rows(
        warehouse,
        "select scope_id, charge_month, expected_cost - actual_cost - late_cost from forecast_months order by all",
    )
    days = rows(
        warehouse,
        "select scope_id, cast(date_trunc('month', charge_date) as date), sum(expected_cost) from forecast_days "
        "group by all order by all",
    )
    assert months == days


def test_the_open_month_lands_at_its_forecast_and_children_at_their_parent(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    announce(warehouse, LAST + dt.timedelta(days=4))
    run(warehouse, tmp_path)
    landing = "usage_cost_ahead + announced_cost_ahead + other_cost_ahead"
    same = f"""
        select scope_id, {landing} = expected_cost - actual_cost, other_cost_ahead = late_cost
        from forecast_landings as l
        inner join forecast_months as m using (scope_type, scope_id, currency)
        where cost_metric = 'effective_cost' and lead_months = 0 and landing_month = charge_month
    """
    assert sorted(rows(warehouse, same)) == [(scope, True, True) for scope in ("a", "all", "b", "cloud")]
    sums = rows(
        warehouse,
        f"select cost_metric, scope_type, sum({landing}), sum(announced_cost_ahead) from forecast_landings "
        "group by all",
    )
    assert len(sums) == 6
    assert len({(metric, total) for metric, _, total, _ in sums}) == 2
    # ten a day, as likely as not, on the last ten days: also of the provider, who does not know of it
    assert {announced for *_, announced in sums} == {Decimal(50)}


def test_the_four_weeks_are_half_of_the_open_month_and_what_comes_late_is_told(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    run(warehouse, tmp_path)
    ((late, ahead),) = rows(
        warehouse,
        "select late_cost, expected_cost - actual_cost - late_cost from forecast_months "
        "where scope_type = 'company' and lead_months = 0",
    )
    assert late == pytest.approx(Decimal(90), abs=5)
    run_without = "delete from finops_marts.fct_landing_estimates"
    warehouse.connection.execute(run_without)
    run(warehouse, tmp_path)
    ((none, alone),) = rows(
        warehouse,
        "select late_cost, expected_cost - actual_cost from forecast_months "
        "where scope_type = 'company' and lead_months = 0",
    )
    assert none == 0
    assert ahead == pytest.approx((alone + Decimal(1640)) / 2, rel=Decimal("0.02"))


def test_a_driver_says_what_it_adds(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    announce(warehouse, dt.date(2026, 6, 1))  # begun: it is in the cost already
    run(warehouse, tmp_path)
    before = _year(warehouse)
    announce(warehouse, LAST + dt.timedelta(days=4))
    run(warehouse, tmp_path)
    effects = rows(warehouse, "select driver_id, counted_share, open_month_cost, year_ahead_cost "
                   "from forecast_driver_effects order by all")  # fmt: skip
    assert [row[0] for row in effects] == ["2026-06-01", "2026-06-21", "c1"]
    assert [row[2:] for row in effects] == [(0, 0), (50, 5 * 361), (0, 5 * 289)]
    after = _year(warehouse)
    for scope in ("all", "a", "cloud"):
        assert after[scope] - before[scope] == pytest.approx(Decimal(5 * 361), abs=60)
    assert after["b"] == pytest.approx(before["b"], rel=Decimal("0.01"))


def announce(warehouse: DuckDBWarehouse, start: dt.date) -> None:
    """Announce a change of team a, ten a day, as likely as not."""
    warehouse.connection.execute(
        "insert into finops_marts.fct_forecast_drivers select driver_type, ?, scope_type, scope_id, currency, ?, "
        "end_date, daily_change_cost, probability_share from finops_marts.fct_forecast_drivers where driver_id = 'c1'",
        [str(start), start],
    )


def _year(warehouse: DuckDBWarehouse) -> dict[str, Decimal]:
    return dict(
        rows(
            warehouse,
            "select scope_id, sum(expected_cost) from forecast_days "
            "where charge_date < vintage_date + 366 group by all",
        )
    )


def test_a_second_run_computes_nothing_and_says_the_same(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    run(warehouse, tmp_path)
    first = rows(warehouse, "select * from forecast_days order by all")
    windows = cache.load(tmp_path / "forecast" / "windows.parquet")
    assert windows
    run(warehouse, tmp_path)
    assert rows(warehouse, "select * from forecast_days order by all") == first
    (tmp_path / "forecast" / "windows.parquet").write_bytes(b"broken")
    run(warehouse, tmp_path)
    assert rows(warehouse, "select * from forecast_days order by all") == first


def test_the_backtest_tells_of_months_that_are_over_alone(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    run(warehouse, tmp_path)
    found = rows(warehouse, "select max(charge_month), bool_and(charge_month > vintage_date) from forecast_backtests")
    assert found == [(dt.date(2026, 5, 1), True)]
    champions = rows(
        warehouse,
        "select count(*) from forecast_backtests where is_champion is distinct from (lower_80_cost is not null)",
    )
    assert champions == [(0,)]


def test_a_unit_costs_what_cost_and_volume_say(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    run(warehouse, tmp_path)
    found = rows(warehouse, "select * from forecast_unit_costs where lead_months = 1")
    assert len(found) == 1
    one = dict(zip(tables.TABLES["forecast_unit_costs"].names, found[0], strict=True))
    assert (one["metric_id"], one["scope_id"], one["charge_month"]) == ("orders", "a", dt.date(2026, 7, 1))
    assert one["expected_quantity"] == pytest.approx(Decimal(3000), rel=Decimal("0.03"))
    assert one["expected_unit_cost"] == pytest.approx(
        one["expected_cost"] / one["expected_quantity"], rel=Decimal("1e-3")
    )
    assert one["lower_95_unit_cost"] < one["lower_80_unit_cost"] < one["expected_unit_cost"] < one["upper_80_unit_cost"]


def test_a_change_of_a_team_is_known_of_its_company_and_once(warehouse: DuckDBWarehouse) -> None:
    warehouse.connection.execute(
        "insert into finops_marts.fct_forecast_drivers select 'planned_change', 'c1', 'provider', 'cloud', currency, "
        "start_date, end_date, daily_change_cost, probability_share from finops_marts.fct_forecast_drivers"
    )
    found = inputs.read(warehouse, dt.date(2026, 6, 18))
    assert found is not None
    steps = {key[:2]: len(known.steps) for key, known in found.known.items()}
    assert steps == {("company", "all"): 1, ("team", "a"): 1, ("provider", "cloud"): 1}


def test_without_cost_the_tables_are_empty(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    warehouse.connection.execute("delete from finops_marts.fct_scope_costs_daily")
    run(warehouse, tmp_path)
    assert rows(warehouse, "select count(*) from forecast_methods") == [(0,)]
