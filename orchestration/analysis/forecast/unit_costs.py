"""Unit costs to come: expected cost over expected volume, with the doubt about both.

Belongs here: forecasting volumes by the same methods as cost, and dividing. Relative doubts of cost and volume are
added as if they were independent; where cost follows volume that errs on the wide side. Does not belong here: unit
costs of the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.analysis.forecast.backtest import Window
from orchestration.analysis.forecast.coherence import UNITS_PER_CURRENCY
from orchestration.analysis.forecast.forecasting import Forecast, MonthOf, forecast, months_of
from orchestration.analysis.forecast.inputs import Metric, Volume
from orchestration.analysis.forecast.intervals import LEVELS
from orchestration.analysis.forecast.months import last_of
from orchestration.analysis.forecast.series import Key, Panel


@dataclass(frozen=True)
class UnitCost:
    """What a unit of a metric is expected to cost in a month, with bounds by level."""

    metric: Metric
    currency: str
    month: date
    lead: int
    cost: float
    quantity: float
    bounds: Mapping[float, tuple[float, float]]

    @property
    def expected(self) -> float:
        """Cost over quantity."""
        return self.cost / self.quantity


def forecast_volumes(
    volumes: Mapping[Metric, Volume], last: date, kept: Sequence[Window]
) -> tuple[dict[Metric, dict[date, MonthOf]], list[Window]]:
    """Return months of every volume, each from its own last day on, with what came in the open month; and windows."""
    groups: dict[date, dict[Key, tuple[Metric, Volume]]] = {}
    for metric, volume in volumes.items():
        key = Key(metric.scope_type, metric.scope_id, metric.metric_id)
        groups.setdefault(min(volume.last, last), {})[key] = (metric, volume)
    months: dict[Metric, dict[date, MonthOf]] = {}
    windows: list[Window] = []
    for end, members in groups.items():
        panel = _panel(members, end)
        made = forecast(panel, kept=kept)
        windows += made.windows
        for key, (metric, volume) in members.items():
            months[metric] = {month.month: month for month in _months(made, panel, key, volume)}
    return months, windows


def _panel(members: Mapping[Key, tuple[Metric, Volume]], end: date) -> Panel:
    start = min(volume.start for _, volume in members.values())
    laid = {}
    for key, (_, volume) in members.items():
        values = np.zeros((end - start).days + 1)
        offset = (volume.start - start).days
        part = np.nan_to_num(volume.actual) if volume.aggregation == "sum" else _held(volume.actual)
        part = part[: len(values) - offset]
        values[offset : offset + len(part)] = part
        laid[key] = values
    return Panel(start, laid)


def _held(level: np.ndarray) -> np.ndarray:
    """Return a level without gaps: it holds until something else is known."""
    known = np.where(np.isnan(level), 0, np.arange(len(level)))
    return np.nan_to_num(level[np.maximum.accumulate(known)])


def _months(made: Forecast, panel: Panel, key: Key, volume: Volume) -> Iterator[MonthOf]:
    """Return the months of one volume as whole months: what came is added, what the company expects stands.

    Of a level that is the average of the days, or the last of them, with the same doubt about it as about their sum.
    """
    for month in months_of(made, made.scopes[key]):
        end = last_of(month.month)
        came = int(panel.between(key, month.month, end) * UNITS_PER_CURRENCY) if month.month <= made.last else 0
        begin, stop = (month.month - volume.start).days, (end - volume.start).days + 1
        told = volume.told[max(begin, 0) : max(stop, 0)]
        days = came + month.rest
        whole, doubts = float(days), {level: high - month.rest for level, (_, high) in month.intervals.items()}
        if volume.aggregation == "average":
            whole /= end.day
        elif volume.aggregation == "last":
            whole = float(made.scopes[key].expected[(end - made.last).days - 1])
        if month.lead and len(told) == stop - begin and not np.isnan(told).any():
            whole = _of_days(told, volume.aggregation) * UNITS_PER_CURRENCY
        scale = whole / days if days else 1.0
        bounds = {level: (whole - doubt * scale, whole + doubt * scale) for level, doubt in doubts.items()}
        yield MonthOf(month.month, month.lead, int(whole), 0, bounds)


def _of_days(days: np.ndarray, aggregation: str) -> float:
    """Return the value of a month from those of its days."""
    return {"average": days.mean(), "last": days[-1]}.get(aggregation, days.sum())


def unit_costs(
    made: Forecast,
    volumes: Mapping[Metric, Mapping[date, MonthOf]],
    spent: Mapping[Key, object],
) -> Iterator[UnitCost]:
    """Return the unit cost of every metric and month of the scope that the metric is about."""
    for metric, months in volumes.items():
        for key, scope in made.scopes.items():
            if key[:2] != metric[1:] or scope.status in ("no_cost", "ended"):
                continue
            for month in months_of(made, scope):
                volume = months.get(month.month)
                if volume is None or volume.rest <= 0:
                    continue
                so_far = float(spent.get(key, 0)) if month.lead == 0 else 0.0
                cost = so_far + month.rest / UNITS_PER_CURRENCY
                quantity = volume.rest / UNITS_PER_CURRENCY
                bounds = {}
                for level in LEVELS:
                    half_cost = (month.intervals[level][1] - month.rest) / UNITS_PER_CURRENCY
                    half_volume = (volume.intervals[level][1] - volume.rest) / volume.rest
                    doubt = np.hypot(half_cost / cost if cost else 0.0, half_volume) * abs(cost / quantity)
                    bounds[level] = (cost / quantity - doubt, cost / quantity + doubt)
                    if cost >= 0:
                        bounds[level] = (max(bounds[level][0], 0.0), bounds[level][1])
                yield UnitCost(metric, key.currency, month.month, month.lead, cost, quantity, bounds)
