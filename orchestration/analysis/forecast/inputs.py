"""What forecasts read: daily cost by scope, who is part of whom, what is known of the future, volumes.

Belongs here: queries on marts, and their rows as arrays. Does not belong here: any forecast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.analysis.forecast.drivers import Known, Step
from orchestration.analysis.forecast.landing import Estimate
from orchestration.analysis.forecast.months import first_of, last_of
from orchestration.analysis.forecast.series import Key, Panel

if TYPE_CHECKING:
    from orchestration.analysis.warehouse import Warehouse

Scope = tuple[str, str]
READS = (
    "dim_cost_clock",
    "dim_scopes",
    "fct_business_volumes",
    "fct_forecast_drivers",
    "fct_landing_estimates",
    "fct_scope_costs_daily",
)
EFFECTIVE_COST = "effective_cost"


class Metric(NamedTuple):
    """A volume of the business: which one, and what it is about."""

    metric_id: str
    scope_type: str
    scope_id: str


@dataclass(frozen=True)
class Volume:
    """Daily volume from the first day known on; nan where nothing is known, `told` what the company itself expects.

    `aggregation` tells what days are to a month: parts of its `sum`, or a level, of which it has `average` or `last`.
    """

    start: date
    actual: np.ndarray
    told: np.ndarray
    aggregation: str = "sum"

    @property
    def last(self) -> date:
        """The last day with a volume that came."""
        return self.start + timedelta(days=int(np.flatnonzero(~np.isnan(self.actual))[-1]))


@dataclass(frozen=True)
class Inputs:
    """Everything that forecasts are made of; `last` is the last day whose cost is whole.

    `estimates` are what the marts expect of the open month by kind of cost, `drivers` the rows that `known` comes from.
    """

    last: date
    panel: Panel
    exact: pa.Table
    parents: dict[Scope, Scope]
    known: dict[Key, Known]
    volumes: dict[Metric, Volume]
    estimates: dict[str, dict[Key, Estimate]]
    drivers: list[dict]


def read(warehouse: Warehouse, as_of: date) -> Inputs | None:
    """Read the marts; None where there is no cost before `as_of`."""
    whole = _whole_until(warehouse)
    costs = _costs(warehouse, min(whole or as_of, as_of))
    if not costs.num_rows:
        return None
    last = min(whole or pc.max(costs["charge_date"]).as_py(), as_of)
    panel = _panel(costs, last)
    parents = _parents(warehouse)
    volumes = dict(_volumes(warehouse, last))
    drivers = list(_drivers(warehouse, last))
    known = _known(drivers, panel, parents, volumes)
    return Inputs(last, panel, costs, parents, known, volumes, _estimates(warehouse, last), drivers)


def _whole_until(warehouse: Warehouse) -> date | None:
    """Return the last day whose cost is whole, by the clock that budgets and landings go by too."""
    rows = warehouse.query(f"select complete_through_date from {warehouse.relation('marts', 'dim_cost_clock')}")
    return rows["complete_through_date"][0].as_py() if rows.num_rows else None


def _costs(warehouse: Warehouse, last: date) -> pa.Table:
    return warehouse.query(f"""
        select scope_type, scope_id, currency, charge_date,
            sum(effective_cost) as effective_cost
        from {warehouse.relation("marts", "fct_scope_costs_daily")}
        where charge_date <= date '{last}'
        group by scope_type, scope_id, currency, charge_date
        order by scope_type, scope_id, currency, charge_date
    """)


def _panel(costs: pa.Table, last: date) -> Panel:
    """Lay the rows on one calendar."""
    start = pc.min(costs["charge_date"]).as_py()
    names = pc.binary_join_element_wise(costs["scope_type"], costs["scope_id"], costs["currency"], "\0")
    coded = names.combine_chunks().dictionary_encode()
    laid = np.zeros((len(coded.dictionary), (last - start).days + 1))
    days = costs["charge_date"].cast(pa.date32()).cast(pa.int32()).to_numpy() - (start - date(1970, 1, 1)).days
    laid[coded.indices.to_numpy(), days] = costs["effective_cost"].cast(pa.float64()).to_numpy()
    keys = [Key(*name.split("\0")) for name in coded.dictionary.to_pylist()]
    return Panel(start, dict(zip(keys, laid, strict=True)))


def _parents(warehouse: Warehouse) -> dict[Scope, Scope]:
    rows = warehouse.query(f"""
        select scope_type, scope_id, parent_scope_type, parent_scope_id
        from {warehouse.relation("marts", "dim_scopes")} where parent_scope_type is not null
    """)
    return {
        (row["scope_type"], row["scope_id"]): (row["parent_scope_type"], row["parent_scope_id"]) for row in _of(rows)
    }


def _of(table: pa.Table) -> Iterator[dict]:
    yield from table.to_pylist()


def upwards(parents: Mapping[Scope, Scope], scope: Scope) -> Iterator[Scope]:
    """Return a scope and all that it is part of."""
    seen = set()
    while scope not in seen:
        seen.add(scope)
        yield scope
        if scope not in parents:
            return
        scope = parents[scope]


def _estimates(warehouse: Warehouse, last: date) -> dict[str, dict[Key, Estimate]]:
    """Return what the marts expect of the month that is open after `last`, by kind of cost and key."""
    rows = warehouse.query(f"""
        select cost_metric, scope_type, scope_id, currency, usage_cost_ahead, other_cost_ahead
        from {warehouse.relation("marts", "fct_landing_estimates")}
        where landing_month = date '{first_of(last + timedelta(days=1))}' and as_of_date = date '{last}'
    """)
    found: dict[str, dict[Key, Estimate]] = {}
    for row in _of(rows):
        estimate = Estimate(float(row["usage_cost_ahead"]), float(row["other_cost_ahead"]))
        found.setdefault(row["cost_metric"], {})[Key(row["scope_type"], row["scope_id"], row["currency"])] = estimate
    return found


def _drivers(warehouse: Warehouse, last: date) -> Iterator[dict]:
    """Return each driver with the step that it is."""
    rows = warehouse.query(f"""
        select driver_type, driver_id, scope_type, scope_id, currency, start_date, end_date, daily_change_cost,
            probability_share
        from {warehouse.relation("marts", "fct_forecast_drivers")}
        order by driver_type, driver_id, scope_type, scope_id
    """)
    for row in _of(rows):
        step = Step(
            *(row["start_date"], row["end_date"], float(row["daily_change_cost"]), float(row["probability_share"])),
            reason=row["driver_type"],
        )
        if step.reason == "planned_saving" and step.start <= last:  # decided, late, and still to come
            step = replace(step, start=last + timedelta(days=1))
        yield row | {"step": step}


def _known(
    drivers: Sequence[dict], panel: Panel, parents: Mapping[Scope, Scope], volumes: Mapping[Metric, Volume]
) -> dict[Key, Known]:
    """Return what is known of each key: steps of it and of its parts, each once, and the volume with the most days."""
    steps: dict[Key, dict[tuple[str, str], Step]] = {}
    for row in drivers:
        for scope in upwards(parents, (row["scope_type"], row["scope_id"])):
            name = (row["driver_type"], row["driver_id"])
            steps.setdefault(Key(*scope, row["currency"]), {}).setdefault(name, row["step"])
    return {
        key: Known(tuple(steps.get(key, {}).values()), _volume_of(key, panel, volumes))
        for key in panel.costs
        if key in steps or any((name.scope_type, name.scope_id) == key[:2] for name in volumes)
    }


def _volume_of(key: Key, panel: Panel, volumes: Mapping[Metric, Volume]) -> np.ndarray | None:
    found = [
        (int((~np.isnan(volume.actual)).sum()), name.metric_id, volume)
        for name, volume in volumes.items()
        if (name.scope_type, name.scope_id) == key[:2]
    ]
    if not found:
        return None
    volume = max(found, key=lambda item: (item[0], item[1]))[2]
    end = max(panel.last, volume.start + timedelta(days=len(volume.actual) - 1))
    laid = np.full((end - panel.start).days + 1, np.nan)
    offset = (volume.start - panel.start).days
    values = np.where(np.isnan(volume.actual), volume.told, volume.actual)[max(0, -offset) :]
    laid[max(0, offset) : max(0, offset) + len(values)] = values
    # what the company expected of days that are over says nothing about them
    past = np.arange(len(laid)) < panel.length
    came = np.full(len(laid), np.nan)
    actual = volume.actual[max(0, -offset) :]
    came[max(0, offset) : max(0, offset) + len(actual)] = actual
    return np.where(past, came, laid)


def _volumes(warehouse: Warehouse, last: date) -> Iterator[tuple[Metric, Volume]]:
    """Lay every metric on days: the sum of a month is shared evenly among its days, a level is that of each day.

    What came of a month that is not over came until `last`.
    """
    rows = warehouse.query(f"""
        select metric_id, scope_type, scope_id, period_grain, period_start, value_type, aggregation, metric_value
        from {warehouse.relation("marts", "fct_business_volumes")}
        order by metric_id, scope_type, scope_id, period_grain desc, period_start
    """)
    by_metric: dict[Metric, list[dict]] = {}
    for row in _of(rows):
        by_metric.setdefault(Metric(row["metric_id"], row["scope_type"], row["scope_id"]), []).append(row)
    for name, some in by_metric.items():
        start = min(row["period_start"] for row in some)
        end = max(_end(row, last) for row in some)
        laid = {kind: np.full((end - start).days + 1, np.nan) for kind in ("actual", "forecast")}
        aggregation = some[-1]["aggregation"]
        for row in some:  # months first: days are more exact
            begin, stop = (row["period_start"] - start).days, (_end(row, last) - start).days + 1
            laid[row["value_type"]][begin:stop] = float(row["metric_value"]) / (
                stop - begin if aggregation == "sum" else 1
            )
        if not np.isnan(laid["actual"]).all():
            yield name, Volume(start, laid["actual"], laid["forecast"], aggregation)


def _end(row: dict, last: date) -> date:
    if row["period_grain"] != "month":
        return row["period_start"]
    end = last_of(row["period_start"])
    return last if row["value_type"] == "actual" and row["period_start"] <= last < end else end


def month_to_date(inputs: Inputs) -> dict[Key, object]:
    """Return the exact cost of the month of the last day so far, by key; months that are over have none."""
    first = first_of(inputs.last)
    recent = inputs.exact.filter(pc.greater_equal(inputs.exact["charge_date"], pa.scalar(first)))
    names = ("scope_type", "scope_id", "currency")
    sums = recent.group_by(list(names)).aggregate([("effective_cost", "sum")])
    columns = [sums[name].to_pylist() for name in (*names, "effective_cost_sum")]
    return {Key(*row[:3]): row[3] for row in zip(*columns, strict=True)}
