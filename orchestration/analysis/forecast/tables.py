"""The analysis `forecast`: reads marts, forecasts, gives tables.

Belongs here: the columns of the tables and how forecasts become rows. Does not belong here: how anything is forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from orchestration.analysis import Analysis, Context
from orchestration.analysis.forecast import cache, coherence, inputs
from orchestration.analysis.forecast.backtest import month_span
from orchestration.analysis.forecast.coherence import UNITS_PER_CURRENCY
from orchestration.analysis.forecast.drivers import counted_share, to_come
from orchestration.analysis.forecast.forecasting import (
    Forecast,
    MonthOf,
    ScopeForecast,
    added_up,
    daily_bounds,
    forecast,
    months_of,
)
from orchestration.analysis.forecast.intervals import LEVELS
from orchestration.analysis.forecast.landing import Estimate
from orchestration.analysis.forecast.months import Days, first_of
from orchestration.analysis.forecast.outcomes import outcomes
from orchestration.analysis.forecast.series import Key, Panel
from orchestration.analysis.forecast.unit_costs import forecast_volumes, unit_costs

_MONEY = pa.decimal128(38, 9)
_UNIT = Decimal(1).scaleb(-6)
_YEAR = 365
_SCOPE = [("scope_type", pa.string()), ("scope_id", pa.string()), ("currency", pa.string())]
_BOUNDS = [(f"{side}_{int(level * 100)}_cost", _MONEY) for level in LEVELS for side in ("lower", "upper")]
TABLES = {
    "forecast_days": pa.schema(
        [*_SCOPE, ("vintage_date", pa.date32()), ("charge_date", pa.date32()), ("expected_cost", _MONEY), *_BOUNDS]
    ),
    "forecast_months": pa.schema(
        [
            *_SCOPE,
            ("vintage_date", pa.date32()),
            ("charge_month", pa.date32()),
            ("lead_months", pa.int64()),
            ("actual_cost", _MONEY),
            ("late_cost", _MONEY),
            ("expected_cost", _MONEY),
            *_BOUNDS,
        ]
    ),
    "forecast_landings": pa.schema(
        [
            *_SCOPE,
            ("cost_metric", pa.string()),
            ("landing_month", pa.date32()),
            ("usage_cost_ahead", _MONEY),
            ("announced_cost_ahead", _MONEY),
            ("other_cost_ahead", _MONEY),
        ]
    ),
    "forecast_driver_effects": pa.schema(
        [
            ("driver_type", pa.string()),
            ("driver_id", pa.string()),
            *_SCOPE,
            ("counted_share", _MONEY),
            ("open_month_cost", _MONEY),
            ("year_ahead_cost", _MONEY),
        ]
    ),
    "forecast_methods": pa.schema(
        [
            *_SCOPE,
            ("vintage_date", pa.date32()),
            ("forecast_status", pa.string()),
            ("forecast_method", pa.string()),
            ("method_reason", pa.string()),
            ("history_days", pa.int64()),
            ("has_seen_a_year", pa.bool_()),
            ("backtest_origins", pa.int64()),
            ("error_rate", _MONEY),
            ("naive_error_rate", _MONEY),
        ]
    ),
    "forecast_backtests": pa.schema(
        [
            *_SCOPE,
            ("forecast_method", pa.string()),
            ("is_champion", pa.bool_()),
            ("vintage_date", pa.date32()),
            ("charge_month", pa.date32()),
            ("lead_months", pa.int64()),
            ("expected_cost", _MONEY),
            *_BOUNDS,
        ]
    ),
    "forecast_unit_costs": pa.schema(
        [
            ("metric_id", pa.string()),
            *_SCOPE,
            ("vintage_date", pa.date32()),
            ("charge_month", pa.date32()),
            ("lead_months", pa.int64()),
            ("expected_cost", _MONEY),
            ("expected_quantity", _MONEY),
            ("expected_unit_cost", _MONEY),
            *((name.replace("_cost", "_unit_cost"), kind) for name, kind in _BOUNDS),
        ]
    ),
}


def compute(context: Context) -> dict[str, pa.Table]:
    """Forecast what the marts hold."""
    found = inputs.read(context.warehouse, context.as_of.date())
    if found is None:
        return {name: schema.empty_table() for name, schema in TABLES.items()}
    windows, volume_windows = context.cache / "windows.parquet", context.cache / "volume_windows.parquet"
    estimates = found.estimates.get(inputs.EFFECTIVE_COST)
    made = forecast(found.panel, found.known, found.parents, cache.load(windows), estimates, context.workers)
    cache.save(windows, made.windows)
    spent = inputs.month_to_date(found)
    volumes, of_volumes = forecast_volumes(found.volumes, found.last, cache.load(volume_windows))
    cache.save(volume_windows, of_volumes)
    return {
        "forecast_days": _days(made),
        "forecast_months": _rows("forecast_months", _months(made, spent)),
        "forecast_landings": _rows("forecast_landings", landings(made, found.estimates)),
        "forecast_driver_effects": _rows("forecast_driver_effects", effects(made, found)),
        "forecast_methods": _rows("forecast_methods", _methods(made)),
        "forecast_backtests": _rows("forecast_backtests", _backtests(found.panel, made)),
        "forecast_unit_costs": _rows("forecast_unit_costs", _unit_costs(made, volumes, spent)),
    }


def _rows(name: str, rows: Iterable[Sequence[object]]) -> pa.Table:
    schema = TABLES[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(round(value * UNITS_PER_CURRENCY)) * _UNIT


def _money_bounds(bounds: dict[float, tuple[float, float]] | None) -> tuple[Decimal | None, ...]:
    return tuple(None if bounds is None else _money(bounds[level][side]) for level in LEVELS for side in (0, 1))


def _days(made: Forecast) -> pa.Table:
    """Return every day of every scope; whole columns at a time, since there are many."""
    ahead = made.ahead
    days = (np.datetime64(ahead.start, "D") + np.arange(ahead.length)).astype("datetime64[D]")
    tables = [_days_of(made, scope, days) for scope in made.scopes.values()]
    return pa.concat_tables(tables) if tables else TABLES["forecast_days"].empty_table()


def _days_of(made: Forecast, scope: ScopeForecast, days: np.ndarray) -> pa.Table:
    count = len(days)
    bounds = daily_bounds(made, scope)
    values = [scope.expected, *(np.rint(bounds[level][side]).astype(np.int64) for level in LEVELS for side in (0, 1))]
    columns = [pa.repeat(pa.scalar(name, pa.string()), count) for name in scope.key]
    columns += [pa.repeat(pa.scalar(made.last, pa.date32()), count), pa.array(days, pa.date32())]
    columns += [pa.array([Decimal(int(value)) * _UNIT for value in column], _MONEY) for column in values]
    return pa.table(columns, schema=TABLES["forecast_days"])


def _months(made: Forecast, spent: dict) -> Iterable[tuple]:
    for scope in made.scopes.values():
        for month in months_of(made, scope):
            actual = spent.get(scope.key, Decimal(0)) if month.month <= made.last else Decimal(0)
            rest, late = Decimal(month.rest) * _UNIT, Decimal(month.late) * _UNIT
            bounds = (
                actual + Decimal(round(month.intervals[level][side])) * _UNIT for level in LEVELS for side in (0, 1)
            )
            yield (*scope.key, made.last, month.month, month.lead, actual, late, actual + rest, *bounds)


def landings(made: Forecast, estimates: Mapping[str, Mapping[Key, Estimate]]) -> Iterable[tuple]:
    """Return what is still to come in the month that is open now, by kind of cost.

    Effective cost is the forecast's own month. No other cost is forecast: it lands as the marts expect, made to add up.
    """
    lead = 0 if made.ahead.start.day > 1 else 1
    begin, end = month_span(made.last, lead)
    month = first_of(made.ahead.start)
    changes = {key: one.announced[begin:end].sum(keepdims=True) for key, one in made.scopes.items()}
    changes = coherence.rounded(changes, made.whole, dict.fromkeys(changes, True))
    announced = {key: int(change[0]) for key, change in changes.items()}
    for metric, found in estimates.items():
        if metric == inputs.EFFECTIVE_COST:
            parts = {
                key: (int(one.expected[begin:end].sum()) - announced[key], one.late if lead == 0 else 0)
                for key, one in made.scopes.items()
            }
        else:
            nothing = Estimate(0.0, 0.0)
            told = {key: found.get(key, nothing) for key in made.scopes}
            sums = added_up(made, {key: np.array([one.usage_ahead, one.other_ahead]) for key, one in told.items()})
            parts = {key: (int(both[0]), int(both[1])) for key, both in sums.items()}
        for key, (usage, other) in parts.items():
            yield (*key, metric, month, *(Decimal(value) * _UNIT for value in (usage, announced[key], other)))


def effects(made: Forecast, found: inputs.Inputs) -> Iterable[tuple]:
    """Return what each driver adds to the forecast of its scope; nothing where the scope has no forecast."""
    rest = month_span(made.last, 0)[1]
    for row in found.drivers:
        key, step = Key(row["scope_type"], row["scope_id"], row["currency"]), row["step"]
        cost = found.panel.costs.get(key)
        if cost is None:
            continue
        days = Days(found.panel.start, len(cost))
        change = to_come((step,), cost, days, made.ahead)
        sums = (change[:rest].sum(), change[:_YEAR].sum())
        share = counted_share(step, cost, days)
        yield (row["driver_type"], row["driver_id"], *key, *map(_money, (share, *sums)))


def _methods(made: Forecast) -> Iterable[tuple]:
    for scope in made.scopes.values():
        champion = scope.champion
        yield (
            *(*scope.key, made.last, scope.status, champion.method, champion.reason, scope.history_days),
            *(scope.has_seen_a_year, champion.origin_count, _money(champion.wape), _money(champion.naive_wape)),
        )


def _backtests(panel: Panel, made: Forecast) -> Iterable[tuple]:
    champions = {key: scope.champion for key, scope in made.scopes.items()}
    for one in outcomes(panel, made.windows, champions, made.past):
        told = (one.method, one.is_champion, one.origin, one.month, one.lead, _money(one.expected))
        yield (*one.key, *told, *_money_bounds(one.bounds))


def _unit_costs(
    made: Forecast, volumes: Mapping[inputs.Metric, Mapping[date, MonthOf]], spent: dict
) -> Iterable[tuple]:
    for one in unit_costs(made, volumes, spent):
        told = (one.currency, made.last, one.month, one.lead)
        values = (_money(one.cost), _money(one.quantity), _money(one.expected))
        yield (*one.metric, *told, *values, *_money_bounds(one.bounds))


FORECAST = Analysis("forecast", inputs.READS, TABLES, compute)
