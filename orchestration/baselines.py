"""Frozen baselines: what a KPI was before a change, kept for ever with who froze it, how and why.

Belongs here: freezing one from the publication that readers see, its file in the state folder, and the raw relation
`frozen_baselines`. A baseline is never changed: what comes later is held against it by the models.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from orchestration import kpis
from orchestration.errors import FinopsError
from orchestration.landing.delivery import now
from orchestration.landing.engine import literal, read_parquet
from orchestration.landing.ledger import write_json
from orchestration.lock import run_lock
from orchestration.publish import last_publication
from orchestration.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

METHODS = {"month": 1, "average_3_months": 3, "average_12_months": 12}
"""How many months up to the named one a baseline is made of; of a ratio, their sums over one another."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_SCHEMA = pa.schema(
    {
        "baseline_id": pa.string(),
        "kpi_id": pa.string(),
        "variant": pa.string(),
        "definition_version": pa.int64(),
        "scope_type": pa.string(),
        "scope_id": pa.string(),
        "currency": pa.string(),
        "period_start": pa.date32(),
        "baseline_method": pa.string(),
        "numerator": pa.decimal128(38, 9),
        "denominator": pa.decimal128(38, 9),
        "metric_id": pa.string(),
        "metric_scope_type": pa.string(),
        "metric_scope_id": pa.string(),
        "metric_value": pa.decimal128(38, 9),
        "frozen_at": pa.timestamp("us"),
        "frozen_by": pa.string(),
        "freeze_reason": pa.string(),
        "frozen_publication_id": pa.string(),
    }
)


@dataclass(frozen=True)
class Wish:
    """What is to be frozen; `metric_id` names a business metric that the KPI grows with."""

    kpi_id: str
    variant: str
    scope_type: str
    scope_id: str
    month: date
    method: str
    by: str
    why: str
    metric_id: str | None = None

    @property
    def name(self) -> str:
        """Say it in words."""
        return (
            f"{self.kpi_id}/{self.variant} of {self.scope_type} {self.scope_id} in {self.month:%Y-%m} ({self.method})"
        )


def freeze(settings: Settings, wish: Wish) -> list[dict[str, Any]]:
    """Freeze a baseline per currency; FinopsError if there is no such KPI, no value, or it is frozen already."""
    _check(wish)
    publication = last_publication(settings)
    if publication is None:
        raise FinopsError(f"Nothing has been published in {settings.home} yet, so there is no KPI to freeze.")
    standing = [item for item in load_baselines(settings) if _same(item, wish)]
    if standing:
        first = standing[0]
        raise FinopsError(
            f"{wish.name} was frozen already, at {first['frozen_at']:%Y-%m-%d %H:%M} UTC by {first['frozen_by']} "
            f"({first['freeze_reason']}). A baseline is never changed; freeze another month, or by another method."
        )
    at, stated = now(), f"{wish.kpi_id}-{wish.variant}-{wish.month:%Y-%m}"
    rows = [
        {
            "baseline_id": f"{stated}-{at:%Y%m%dT%H%M%S%fZ}",
            "kpi_id": wish.kpi_id,
            "variant": wish.variant,
            "scope_type": wish.scope_type,
            "scope_id": wish.scope_id,
            "period_start": wish.month,
            "baseline_method": wish.method,
            **_metric(settings, wish, value["currency"]),
            "frozen_at": at,
            "frozen_by": wish.by,
            "freeze_reason": wish.why,
            "frozen_publication_id": publication["id"],
            **value,
        }
        for value in _values(settings, wish)
    ]
    path = _folder(settings) / f"{rows[0]['baseline_id']}.json"
    write_json(path, {"schema_version": 1, "baselines": [{name: _text(row[name]) for name in row} for row in rows]})
    return rows


def load_baselines(settings: Settings) -> list[dict[str, Any]]:
    """Read every baseline that was ever frozen, one row per currency."""
    rows = []
    for path in sorted(_folder(settings).glob("[!.]*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["schema_version"] != 1:
                raise FinopsError(f"{path} was written by a newer version of the program; update the program.")
            for row in content["baselines"]:
                told = {"metric_scope_type": row["scope_type"], "metric_scope_id": row["scope_id"], **row}
                rows.append({name: _typed(name, told[name]) for name in _SCHEMA.names})
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise FinopsError(
                f"The baseline {path} cannot be read: {error}. Restore it from a backup of the state folder."
            ) from error
    return rows


def create_baselines(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings) -> None:
    """Write the raw relation `frozen_baselines`."""
    connection.register("baseline_rows", pa.Table.from_pylist(load_baselines(settings), _SCHEMA))
    connection.execute(f"create or replace table {schema}.frozen_baselines as select * from baseline_rows")
    connection.unregister("baseline_rows")


def main(arguments: Sequence[str] | None = None) -> int:
    """Freeze what the command line asks for; exit code 1 with one paragraph if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.baseline")
    parser.add_argument(
        "kpi", metavar="KPI/VARIANT", help="as in kpi_catalog, such as unallocated_share/effective_cost"
    )
    parser.add_argument("scope", metavar="SCOPE", help="company, or a type and its id, such as team/search")
    parser.add_argument("month", metavar="2026-09")
    parser.add_argument("--method", default="month", choices=METHODS)
    parser.add_argument("--metric", help="business metric that the KPI grows with, such as orders")
    parser.add_argument("--by", required=True, metavar="NAME", help="who approves it")
    parser.add_argument("--why", required=True, metavar="TEXT", help="the reason, kept for ever")
    chosen = parser.parse_args(arguments)
    kpi_id, _, variant = chosen.kpi.strip().partition("/")
    scope_type, _, scope_id = chosen.scope.strip().partition("/")
    try:
        settings, month = Settings.from_env(), _month(chosen.month)
        scope_id = scope_id or ("all" if scope_type == "company" else "")
        wish = Wish(kpi_id, variant, scope_type, scope_id, month, chosen.method, chosen.by, chosen.why, chosen.metric)
        with run_lock(settings):
            rows = freeze(settings, wish)
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    for row in rows:
        print(f"{wish.name}: frozen{' in ' + row['currency'] if row['currency'] else ''} as {row['baseline_id']}")
    print("The next run publishes it.")
    return 0


def _check(wish: Wish) -> None:
    problem = kpis.unknown(wish.kpi_id, wish.variant)
    if problem:
        raise FinopsError(f"Nothing was frozen: {problem}")
    if wish.scope_type not in kpis.SCOPE_TYPES or not wish.scope_id:
        raise FinopsError(
            f"'{wish.scope_type}/{wish.scope_id}' is no scope; write company, or a type and its id such as "
            f"team/search. The types are: {', '.join(kpis.SCOPE_TYPES)}."
        )
    if not wish.by.strip() or not wish.why.strip():
        raise FinopsError("A baseline is kept for ever with who approved it and why: give both, neither empty.")


def _values(settings: Settings, wish: Wish) -> list[dict[str, Any]]:
    """Ask the served publication: one row per currency."""
    count = METHODS[wish.method]
    query = f"""
        select definition_version, currency, cast(sum(numerator) / {count} as decimal(38, 9)),
            cast(sum(denominator) / {count} as decimal(38, 9)), count(value), max(status_reason)
        from {read_parquet([_published(settings, "kpi_values")])}
        where kpi_id = {literal(wish.kpi_id)} and variant = {literal(wish.variant)} and period_grain = 'month'
            and scope_type = {literal(wish.scope_type)} and scope_id = {literal(wish.scope_id)}
            and {_in_period(wish)}
        group by all order by all"""
    with duckdb.connect() as con:
        found = con.execute(query).fetchall()
    whole = [row for row in found if row[4] == count]
    if not whole:
        told = [row[5] for row in found if row[5]] + ([f"not all of its {count} months have one"] if count > 1 else [])
        why = f"; {told[0]}" if told else ""
        raise FinopsError(f"There is nothing to freeze: {wish.name} has no value in what is published{why}.")
    unit = kpis.registry()[wish.kpi_id, wish.variant]["unit"]
    return [
        {"definition_version": row[0], "currency": row[1], "numerator": row[2]}
        | {"denominator": Decimal(1) if unit == "currency" else row[3]}
        for row in whole
    ]


def _metric(settings: Settings, wish: Wish, currency: str | None) -> dict[str, Any]:
    """Ask how much of the business metric there was, on the average of the months, each of them whole.

    As in unit economics, a scope that has no such metric of its own is held against the company's.
    """
    named = {"metric_id": wish.metric_id, "metric_scope_type": wish.scope_type, "metric_scope_id": wish.scope_id}
    if wish.metric_id is None:
        return named | {"metric_value": None}
    count = METHODS[wish.method]
    value, of_currency = "sum(metric_value)", f"currency = {literal(currency or '')}"
    if currency is None:  # no money grows with a volume, which stands beside each currency of the cost
        value, of_currency = "max(metric_value)", "metric_currency is null"
    of_scopes = f"""
        from {read_parquet([_published(settings, "unit_economics_monthly")])}
        where scope_type = metric_scope_type and scope_id = metric_scope_id
            and (scope_type, scope_id) in (('company', 'all'), ({literal(wish.scope_type)}, {literal(wish.scope_id)}))
        qualify bool_or(scope_type <> 'company') over (partition by metric_id) = (scope_type <> 'company')"""
    query = f"""
        select metric_id, scope_type, scope_id, cast(sum(metric_value) / {count} as decimal(38, 9)) as mean
        from (
            select metric_id, scope_type, scope_id, metric_month, {value} as metric_value
            from (select * {of_scopes})
            where {of_currency} and {_in_period(wish, "metric_month")}
            group by all
            having bool_and(coalesce(reason, 'no_cost') = 'no_cost')
        )
        group by all having count(*) = {count} and mean > 0 order by metric_id"""
    with duckdb.connect() as con:
        found = {metric_id: told for metric_id, *told in con.execute(query).fetchall()}
    if wish.metric_id not in found:
        raise FinopsError(
            f"There is nothing to hold {wish.name} against: the business metric '{wish.metric_id}' of that scope, or "
            "of the company where the scope has none, has no positive value for "
            f"{'that whole month' if count == 1 else f'each of the {count} whole months'} in unit_economics_monthly; "
            f"those that have one: {', '.join(found) or 'none'}. Deliver it, or freeze without a metric."
        )
    scope_type, scope_id, mean = found[wish.metric_id]
    return named | {"metric_scope_type": scope_type, "metric_scope_id": scope_id, "metric_value": mean}


def _in_period(wish: Wish, column: str = "period_start") -> str:
    month = literal(wish.month.isoformat())
    return (
        f"{column} > date {month} - interval {METHODS[wish.method]} month and {column} < date {month} "
        "+ interval 1 month"
    )


def _published(settings: Settings, relation: str) -> Path:
    return settings.published_link.resolve() / "parquet" / f"{relation}.parquet"


def _same(row: dict[str, Any], wish: Wish) -> bool:
    names = ("kpi_id", "variant", "scope_type", "scope_id")
    asked = asdict(wish)
    return (
        all(row[name] == asked[name] for name in names)
        and row["period_start"] == wish.month
        and row["baseline_method"] == wish.method
    )


def _month(text: str) -> date:
    match = _MONTH.fullmatch(text.strip())
    if not match:
        raise FinopsError(f"'{text}' is not a month; write it as 2026-09.")
    return date(int(match[1]), int(match[2]), 1)


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    return value if value is None or isinstance(value, int) else str(value)


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    kind = _SCHEMA.field(name).type
    if value is None or pa.types.is_string(kind) or pa.types.is_integer(kind):
        return value
    if pa.types.is_decimal(kind):
        return Decimal(value)
    return date.fromisoformat(value) if pa.types.is_date(kind) else datetime.fromisoformat(value)


def _folder(settings: Settings) -> Path:
    return settings.state_dir / "baselines"
