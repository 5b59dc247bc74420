"""Volumes to come: sums of days and levels are told apart, and what a month has so far is not taken for all of it."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from orchestration.analysis.forecast import inputs
from orchestration.analysis.forecast.inputs import Metric, Volume
from orchestration.analysis.forecast.unit_costs import forecast_volumes
from orchestration.analysis.warehouse import DuckDBWarehouse

START, LAST = date(2026, 1, 1), date(2026, 7, 12)
METRIC = Metric("customers", "company", "all")
DAYS = (LAST - START).days + 1


def _quantities(values: np.ndarray, aggregation: str, told: np.ndarray | None = None) -> dict[date, float]:
    nothing = np.full(len(values), np.nan)
    volume = Volume(START, values, nothing if told is None else told, aggregation)
    months, _ = forecast_volumes({METRIC: volume}, LAST, [])
    return {month: one.rest / 1e6 for month, one in months[METRIC].items()}


@pytest.mark.parametrize(("aggregation", "july"), [("sum", 31 * 50.0), ("average", 50.0), ("last", 50.0)])
def test_a_level_is_not_summed_over_its_days(aggregation: str, july: float) -> None:
    found = _quantities(np.full(DAYS, 50.0), aggregation)
    assert found[date(2026, 7, 1)] == pytest.approx(july, rel=1e-3)
    september = july * 30 / 31 if aggregation == "sum" else july
    assert found[date(2026, 9, 1)] == pytest.approx(september, rel=1e-3)


def test_the_average_of_a_growing_level_is_below_its_last_day() -> None:
    level = np.linspace(100, 300, DAYS)
    average, last = (_quantities(level, aggregation)[date(2026, 8, 1)] for aggregation in ("average", "last"))
    assert 300 < average < last < 400


def test_a_level_holds_where_nothing_is_known() -> None:
    level = np.full(DAYS, 50.0)
    level[60:90] = np.nan
    assert _quantities(level, "average")[date(2026, 8, 1)] == pytest.approx(50, rel=1e-3)


def test_what_the_company_expects_of_a_level_is_a_level() -> None:
    told = np.full(DAYS + 60, np.nan)
    told[212:243] = 70.0  # August
    actual = np.concatenate((np.full(DAYS, 50.0), np.full(60, np.nan)))
    assert _quantities(actual, "average", told)[date(2026, 8, 1)] == pytest.approx(70)
    assert _quantities(actual, "sum", told)[date(2026, 8, 1)] == pytest.approx(70 * 31)


def test_what_an_open_month_has_so_far_is_not_taken_for_all_of_it() -> None:
    con = duckdb.connect()
    con.execute(f"""
        create schema finops_marts;
        create table finops_marts.fct_business_volumes as
        select 'orders' as metric_id, 'company' as scope_type, 'all' as scope_id, 'month' as period_grain,
            cast(d as date) as period_start, 'actual' as value_type, 'sum' as aggregation,
            if(d = timestamp '2026-07-01', 12 * 50, 50 * day(last_day(d))) as metric_value
        from range(timestamp '{START}', timestamp '2026-07-02', interval 1 month) months(d)
    """)
    (volume,) = [found for _, found in inputs._volumes(DuckDBWarehouse(con), LAST)]  # noqa: SLF001
    assert volume.last == LAST
    assert volume.actual.tolist() == [50.0] * DAYS


def test_last_year_is_not_repeated_before_a_year_ago_has_been_tried() -> None:
    growing = np.linspace(100, 200, 380) * (1 + np.random.default_rng(2).normal(0, 0.01, 380))
    volume = Volume(LAST - timedelta(days=379), growing, np.full(380, np.nan))
    months, _ = forecast_volumes({METRIC: volume}, LAST, [])
    assert months[METRIC][date(2026, 8, 1)].rest / 1e6 > 31 * 195
