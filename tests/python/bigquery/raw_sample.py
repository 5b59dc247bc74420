"""A few hundred raw lines with everything in them that the engines could see differently, in a local DuckDB.

Belongs here: tables, ledger rows that tie to the lines, rules and facts of the business, in two states: a first
delivery, and what a second one leaves (a month restated, a month gone, a month new). Does not belong here: the lines
(`sample_lines.py`); reading exports, for which the landing has its own tests.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import analysis
from orchestration.alerts.log import create_alert_deliveries
from orchestration.alerts.outcomes import create_run_outcomes
from orchestration.analysis.warehouse import DuckDBWarehouse
from orchestration.formats import FORMATS
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.kept import create_kept
from orchestration.landing.books import booked_source
from orchestration.landing.ledger import Ledger
from orchestration.landing.relations import create_raw_relations
from orchestration.landing.rules import load_rules
from orchestration.settings import Settings

from .sample_azure import azure_lines, azure_prices
from .sample_gcp import gcp_lines
from .sample_lines import Line, aws_lines, focus_lines
from .sample_opencost import opencost_lines
from .sample_oracle import oracle_lines

if TYPE_CHECKING:
    import duckdb
import pyarrow as pa

JANUARY, FEBRUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
LOADED = dt.datetime(2026, 3, 5, 6, 0)  # noqa: DTZ001  (the warehouse keeps UTC without a zone)
FORMAT_OF = {
    "payer": "aws_cur2",
    "old_payer": "aws_cur_legacy",
    "saas": "focus",
    "oracle": "oci_cost",
    "cluster": "opencost",
    "google": "gcp_billing",
    "azure": "azure_cost",
}
MODE_OF = {"old_payer": "net_effective"}  # all others: gross
LINES_OF = {
    "focus": focus_lines,
    "oci_cost": oracle_lines,
    "opencost": opencost_lines,
    "gcp_billing": gcp_lines,
    "azure_cost": azure_lines,
}  # a function per format besides AWS's
FIRST = {
    ("payer", JANUARY),
    ("payer", FEBRUARY),
    ("old_payer", JANUARY),
    ("saas", JANUARY),
    ("saas", FEBRUARY),
    ("oracle", JANUARY),
    ("cluster", JANUARY),
    ("google", JANUARY),
    ("google", FEBRUARY),
    ("azure", JANUARY),
    ("azure", FEBRUARY),
}
SECOND = FIRST - {("old_payer", JANUARY)} | {("saas", MARCH)}
CHANGED = {
    ("payer", FEBRUARY),
    ("old_payer", JANUARY),
    ("saas", MARCH),
    ("google", FEBRUARY),
    ("saas", JANUARY),
    ("saas/d2", JANUARY),
}
# Months that were closed with their first delivery before the second one came, which is posted in the month after.
LATE_FIRST = {("payer", JANUARY)}
LATE_SECOND = LATE_FIRST | {("saas", JANUARY)}

RULES = {
    "rule_allocation": [
        ("r1", "team", 10, "tag:team", "starts_with", "w", "web-team", None, dt.date(2026, 2, 1)),
        ("r2", "team", 20, "service_name", "contains", "Relational", "data", None, None),
        ("r3", "environment", 10, "sub_account_id", "equals", "222233334444", "prod", dt.date(2026, 1, 15), None),
        ("r4", "product", 10, "tag:team", "exists", None, "{value}", None, None),
    ],
    "rule_tag_keys": [
        ("team", "Team", 1, None, None),
        ("environment", "env", 1, None, None),
        ("cost_center", "cost_center", 1, dt.date(2026, 2, 1), None),
    ],
    "rule_aliases": [("team", " WEB", "web-team", None, None), ("environment", "prod", "production", None, None)],
    "rule_accounts": [("333344445555", "platform", "shared", "production", "CC 9", None, None)],
    "rule_teams": [(name, "CC 7", f"{name[:4]} unit", None, None) for name in ("web-team", "data", "platform")],
    "rule_kpi_targets": [
        ("unallocated_share", "effective_cost", "company", "all", Decimal("0.2"), dt.date(1900, 1, 1), None),
        ("unallocated_share", "effective_cost", "provider", None, Decimal("0.3"), dt.date(2026, 2, 1), None),
    ],
    # the invoices among the facts belong to no charge
    "rule_tolerances": [("EUR", Decimal(100), None, None, None, None)],
    "rule_alerts": [
        ("freshness", None, None, Decimal(1), Decimal(400), None, "info", 2, None, None, None),
        ("freshness", "source", "saas", Decimal(2), None, None, None, None, "somewhere", None, None),
        ("commitment_utilization", None, None, Decimal(1), None, Decimal(0), None, None, None, None, None),
    ],
    "rule_acknowledgements": [("freshness:source:payer", "Ada", "known", None, None)],
}

# What two former publications showed: a total that this build has otherwise, and one that is gone meanwhile.
_TOTAL = ("cost_daily", "billed_cost", "saas", "Cloudly")
VINTAGES = [
    ("20260110T000000.000Z", dt.datetime(2026, 1, 10), *_TOTAL, "service", "Gone", JANUARY, JANUARY, "USD", "1.5"),  # noqa: DTZ001
    ("20260211T000000.000Z", dt.datetime(2026, 2, 11), *_TOTAL, "service", "Gone", JANUARY, JANUARY, "USD", "2.5"),  # noqa: DTZ001
    ("20260211T000000.000Z", dt.datetime(2026, 2, 11), *_TOTAL, "service", None, JANUARY, JANUARY, "USD", None),  # noqa: DTZ001
]

# One value of a KPI as it was, one that is gone meanwhile; and a baseline from before all of this.
_COST = ("cost", "effective", "company", "all", "month", JANUARY)
KPI_HISTORY = [
    ("20260110T000000.000Z", dt.datetime(2026, 1, 10), *_COST, "USD", 1, "1.5", "1", "1.5", "no_target"),  # noqa: DTZ001
    ("20260110T000000.000Z", dt.datetime(2026, 1, 10), *_COST, "XYZ", 1, "2.5", "1", "2.5", "no_target"),  # noqa: DTZ001
]
BASELINE = [
    *("b1", "cost", "effective", 1, "company", "all", "USD", dt.date(2025, 12, 1), "month", "3.5", "1", "metric_id 1"),
    *("company", "all", "2", dt.datetime(2026, 1, 1), "Ada", "before", "20260101T000000.000Z"),  # noqa: DTZ001
]

# What the publications before said of two alerts, one of which is over meanwhile; and how the runs before ended.
_ALERT = (
    *("warning", "new", "source", "saas", None, "Ada", None, None),
    *(Decimal(3), Decimal(2), None, "t", "m", "q", None, 1),
)
_THEN = dt.datetime(2026, 2, 11)  # noqa: DTZ001
ALERT_STATES = [
    ("20260211T000000.000Z", alert_id, "freshness", *_ALERT, _THEN, _THEN, _THEN, 1, None, None)
    for alert_id in ("freshness:source:saas", "freshness:source:gone")
]
RUN_OUTCOMES = [
    ("r1", _THEN, "published", "A bill has changed.", None, None, None, None, None, _THEN, None, None),
    ("r1", _THEN, "published", "A bill has changed.", "odd", "saas", "warning", 2, "2 rows", _THEN, "d1", "2026-01"),
    ("r2", dt.datetime(2026, 2, 12), "failed", "No space.", *[None] * 8),  # noqa: DTZ001
]


def create(connection: duckdb.DuckDBPyConnection, *, second: bool = False) -> None:
    """Make the schema `finops_raw` anew, shaped by the landing, with the lines of the first or of the second state."""
    connection.execute("drop schema if exists finops_raw cascade")
    nowhere = replace(Settings.from_env({}), home=Path("/nowhere"), rules_dir=Path("/nowhere"))
    create_raw_relations(connection, nowhere, Ledger([]))
    create_kept(connection, "finops_raw", nowhere)
    create_run_outcomes(connection, "finops_raw", nowhere)
    create_alert_deliveries(connection, "finops_raw", nowhere)
    load_rules(connection, nowhere)
    for name in (*FORMATS, *SNAPSHOTS):
        connection.execute(f"create table shape as select * from finops_raw.{name}; drop view finops_raw.{name}")
        connection.execute(f"create table finops_raw.{name} as select * from shape; drop table shape")
    for name, rows in RULES.items():
        for row in rows:
            _insert(connection, name, list(row))
    for name in SNAPSHOTS:
        for number in (1, 2):
            _insert_fact(connection, name, number)
    for name, schema in analysis.tables().items():
        DuckDBWarehouse(connection).write(name, _analysis_rows(schema))
    for price in azure_prices():
        row = dict.fromkeys(SNAPSHOTS["azure_price_sheet"].by_name) | price
        _insert(connection, "azure_price_sheet", [*row.values(), "sheets", "d1"])
    for row in VINTAGES:
        _insert(connection, "vintages", list(row))
    for value in KPI_HISTORY:
        _insert(connection, "kpi_history", list(value))
    _insert(connection, "frozen_baselines", BASELINE)
    for row in ALERT_STATES:
        _insert(connection, "alert_states", list(row))
    for row in RUN_OUTCOMES:
        _insert(connection, "run_outcomes", list(row))
    _insert(connection, "alert_deliveries", ["finops", "freshness:source:saas", _THEN])
    late = LATE_SECOND if second else LATE_FIRST
    for source, month in sorted(SECOND if second else FIRST):
        restated = second and (source, month) in CHANGED and (source, month) not in late
        for line in _lines(source, month, restated=restated):
            _insert_line(connection, source, month, 2 if restated else 1, line)
        _record(connection, source, month, 2 if restated else 1, "superseded" if (source, month) in late else "current")
        if restated:
            _record_former(connection, source, month)
    for source, month in sorted(late):
        _close(connection, source, month)


def _analysis_rows(schema: pa.Schema) -> pa.Table:
    """Give two rows that tell their columns apart, and each other."""
    columns = []
    for place, field in enumerate(schema):
        values = []
        for number in (1, 2):
            examples = {
                "string": f"{field.name} {number}",
                "int64": place + number,
                "bool": number == 1,
                "double": place + number / 2,
                "date32[day]": dt.date(2026, number, place % 28 + 1),
                "timestamp[us]": LOADED + dt.timedelta(hours=number, minutes=place),
            }
            values.append(examples.get(str(field.type), Decimal(f"{place}.{number}00000001")))
        columns.append(pa.array(values, field.type))
    return pa.table(columns, schema)


def _close(connection: duckdb.DuckDBPyConnection, source: str, month: dt.date) -> None:
    """Close a month with its first delivery, and let a second one come: its lines, its entries, its totals."""
    late_source, posted = f"{source}/d2", month.replace(month=month.month + 1)
    for line in _lines(source, month, restated=True):
        _insert_line(connection, late_source, month, 2, line)
    for line_source, sign in ((source, -1), (late_source, 1)):
        _insert(connection, "late_entries", [source, month, line_source, "d2", posted, sign])
    _record(connection, late_source, month, 2)
    closed = [source, month, "closed", "d1", "20260201T000000.000Z", LOADED, "Ada", "books are due", None, None, None]
    _insert(connection, "closes", closed)


def _lines(source: str, month: dt.date, *, restated: bool) -> list[Line]:
    """Give the lines of a source: a function of its format, which may ask for the discount mode."""
    if FORMAT_OF[source].startswith("aws_cur"):
        net_share = Decimal("0.9") if MODE_OF.get(source) == "net_effective" else None
        return aws_lines(source, month, net_share=net_share, restated=restated)
    return LINES_OF[FORMAT_OF[source]](source, month, restated=restated)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: list[Any]) -> None:
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into finops_raw.{table} values ({marks})", values)


def _insert_fact(connection: duckdb.DuckDBPyConnection, name: str, number: int) -> None:
    """Write a row that tells its columns apart; in the second row everything that may be empty is."""
    fmt = SNAPSHOTS[name]
    values: list[Any] = []
    for place, column in enumerate(fmt.columns):
        examples: dict[str, Any] = {
            "decimal": Decimal(f"{place}.{number}00000001"),
            "rate": Decimal(f"0.{place:03d}{number}00000007"),
            "integer": place + number,
            "date": dt.date(2026, 1, place + number),
            "month": dt.date(2026, number, 1),
            "timestamp": LOADED + dt.timedelta(minutes=place),
            "provider_time": LOADED + dt.timedelta(days=place),
            "boolean": number == 1,
            "currency": "EUR",
            "any_currency": "USD",
        }
        is_filled = column.required or number == 1
        values.append(examples.get(column.kind, f"{column.name} {number}") if is_filled else None)
    _insert(connection, name, [*values, f"{name}_source", "d1"])


def _insert_line(connection: duckdb.DuckDBPyConnection, source: str, month: dt.date, sequence: int, line: Line) -> None:
    form = FORMAT_OF[booked_source(source)]
    row = {
        "source_name": source,
        "billing_month": month,
        "delivery_id": f"d{sequence}",
        "discount_mode": MODE_OF.get(booked_source(source), "gross"),
        "dataset": "",
        **line,
    }
    marks, values = [], []
    shape = FORMATS[form].by_name
    for name, value in row.items():
        if isinstance(value, dict):
            marks.append("map(cast(? as varchar[]), cast(? as varchar[]))")
            values += [list(value), list(value.values())]
        elif isinstance(value, list):
            packed = ", ".join(f"{part.name} := cast(? as {part.sql_type})" for part in shape[name].parts)
            structs = ", ".join([f"struct_pack({packed})"] * len(value))
            marks.append(f"cast([{structs}] as {shape[name].sql_type})")
            values += [item[part.name] for item in value for part in shape[name].parts]
        else:
            marks.append("?")
            values.append(value)
    names = ", ".join(f'"{column}"' for column in row)
    connection.execute(f"insert into finops_raw.{form} ({names}) values ({', '.join(marks)})", values)


def _record(
    connection: duckdb.DuckDBPyConnection, line_source: str, month: dt.date, sequence: int, state: str = "current"
) -> None:
    """Write the ledger rows of a delivery from its lines; what was delivered has more digits than nine."""
    source = booked_source(line_source)
    form = FORMAT_OF[source]
    cost, currency, service = (getattr(FORMATS[form], f"{name}_column") for name in ("cost", "currency", "service"))
    where = f"from finops_raw.{form} where source_name = '{line_source}' and billing_month = date '{month}'"
    delivery = f"'{source}', date '{month}', 'd{sequence}'"
    amounts = "1"
    if addends := FORMATS[form].addends_column:
        cost = f"{cost} + coalesce(list_sum(list_transform({addends}, lambda item: item.amount)), 0)"
        amounts = f"1 + coalesce(len({addends}), 0)"
    connection.execute(
        f"insert into finops_raw.delivery_costs select {delivery}, dataset, {currency}, count(*), sum({amounts}), "
        f"cast(sum({cost}) as decimal(38, 24)) + 0.000000000123456789012345, sum({cost}) {where} "
        f"group by dataset, {currency}"
    )
    connection.execute(
        f"insert into finops_raw.delivery_service_costs select {delivery}, {currency}, {service}, count(*), "
        f"sum({cost}) {where} group by {currency}, {service}"
    )
    _ledger_row(connection, source, month, sequence, state, line_source)


def _record_former(connection: duckdb.DuckDBPyConnection, source: str, month: dt.date) -> None:
    """Add the superseded delivery of a restated month: its lines are gone, its totals by service stay."""
    _ledger_row(connection, source, month, 1, "superseded", None)
    for table in ("delivery_costs", "delivery_service_costs"):
        connection.execute(
            f"insert into finops_raw.{table} select * replace ('d1' as delivery_id, raw_cost + 1.5 as raw_cost) "
            f"from finops_raw.{table} where source_name = '{source}' and billing_month = date '{month}'"
        )


def _ledger_row(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    month: dt.date,
    sequence: int,
    state: str,
    line_source: str | None,
) -> None:
    stamp = LOADED + dt.timedelta(hours=sequence)
    form = FORMAT_OF[source]
    values = [
        source,
        form,
        "1.2" if form == "focus" else None,
        FORMATS[form].is_bill,
        month,
        f"d{sequence}",
        state,
        sequence,
        "manifest",
        stamp,
        stamp,
    ]
    values += [1, 1000, 60, 1, Decimal("0.5"), '["a"]', "[]", "[]", MODE_OF.get(source, "gross"), "f00d", None, True]
    schema_id = f"{form}-{sequence}"
    _insert(connection, "deliveries", [*values, schema_id, line_source, None])
    _record_columns(connection, form, schema_id, sequence)


def _record_columns(connection: duckdb.DuckDBPyConnection, form: str, schema_id: str, sequence: int) -> None:
    """Write the columns of a delivery; a second one has one under another name, one of another type and a new one."""
    known = connection.execute("select 1 from finops_raw.delivery_schemas where schema_id = ?", [schema_id]).fetchone()
    if known:
        return
    columns = [(column.name, column.sql_type, column.name) for column in FORMATS[form].columns]
    columns += [("UsageType", "VARCHAR", None), ("x_rate", "DOUBLE", None)]
    if sequence > 1:
        columns[-2:] = [("x_UsageType", "VARCHAR", None), ("x_rate", "VARCHAR", None), ("x_new", None, None)]
    for position, column in enumerate(columns, start=1):
        _insert(connection, "delivery_schemas", [schema_id, position, *column])
