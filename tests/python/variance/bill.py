"""Small bills, and the bridge models run over them.

Belongs here: the compiled SQL of the bridges, and the tables they read, made of a list of charges. Does not belong
here: what is expected of a bridge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.python.bigquery import compiled

MODELS = ("int_bridge_charges+",)
PARTS = (
    *("volume", "price", "mix", "new_usage", "gone_usage", "unclassified", "new_service", "gone_service"),
    *("commitment", "credit", "one_time", "restatement", "ownership", "fx"),
)
RATES = "fct_reporting_rates_monthly"
FORMER, MONTH = date(2026, 1, 1), date(2026, 2, 1)
_TABLES = """
    create table finops_intermediate.int_charges_daily (
        source_name varchar, service_provider_name varchar, billing_account_id varchar, sub_account_id varchar,
        billing_currency varchar, charge_date date, billing_month date, posted_month date, charge_category varchar,
        charge_class varchar, row_origin varchar, service_name varchar, sku_id varchar, sku_price_id varchar,
        sku_meter varchar, region_id varchar, resource_id varchar, pricing_category varchar, pricing_unit varchar,
        commitment_discount_status varchar, tag_set_id varchar, pricing_quantity decimal(38, 9),
        contracted_cost decimal(38, 9), effective_cost decimal(38, 9)
    );
    create table finops_intermediate.int_owners (
        source_name varchar, sub_account_id varchar, service_name varchar, region_id varchar, tag_set_id varchar,
        period_start date, period_end date, team varchar, business_unit varchar
    );
    create table finops_raw.rule_reporting_currency (reporting_currency varchar, valid_from date, valid_to date);
    create table finops_marts.fct_reporting_rates (
        source_name varchar, billing_month date, billing_currency varchar, reporting_currency varchar,
        charge_date date, exchange_rate decimal(38, 12)
    );
"""
# what the planning mart is, for tables as small as these
_PLANNING = """
    create table finops_marts.fct_planning_costs_daily as
    select
        cost.service_provider_name, cost.service_name, cost.charge_date, cost.posted_month, owners.team,
        owners.business_unit, coalesce(rates.reporting_currency, cost.billing_currency) as currency,
        cast(sum(case
            when rates.reporting_currency is null then cost.effective_cost
            else round(cost.effective_cost * rates.exchange_rate, 9)
        end) as decimal(38, 9)) as effective_cost
    from finops_intermediate.int_charges_daily as cost
    left join finops_intermediate.int_owners as owners
        on cost.tag_set_id = owners.tag_set_id and cost.charge_date >= owners.period_start
        and cost.charge_date < owners.period_end and cost.service_name = owners.service_name
    left join finops_marts.fct_reporting_rates as rates
        on cost.billing_currency = rates.billing_currency and cost.charge_date = rates.charge_date
        and cost.billing_month = rates.billing_month
    group by all
"""


@dataclass(frozen=True)
class Charge:
    """One row of the daily table; what is not said is as in the plainest usage."""

    charge_date: date
    effective_cost: Decimal
    pricing_quantity: Decimal | None = None
    sku_id: str | None = None
    service_name: str = "Servers"
    team: str = "checkout"
    charge_category: str = "Usage"
    commitment_discount_status: str | None = None
    contracted_cost: Decimal | None = None
    billing_currency: str = "USD"
    charge_class: str | None = None
    posted_month: date | None = None
    pricing_unit: str | None = "Hours"
    resource_id: str | None = None


@dataclass
class Bill:
    """Charges, days on which a tag's team got another name, and rates into a reporting currency."""

    charges: list[Charge]
    renames: dict[str, tuple[date, str]] = field(default_factory=dict)
    rates: dict[date, dict[str, Decimal]] = field(default_factory=dict)
    """Rates by month; where there are any, USD is reported in."""


def compile_bridges(home: Path) -> list[compiled.Node]:
    """Compile the bridge models for DuckDB, in the order in which they build on each other."""
    manifest = compiled.compile_offline("duckdb", home, "--select", RATES, *MODELS)
    return [
        node
        for node in compiled.nodes(manifest)
        if node.kind == "model" and ("/variance/" in f"/{node.path}" or node.name == RATES) and node.sql
    ]


def bridges(models: list[compiled.Node], bill: Bill) -> list[dict[str, Any]]:
    """Run the models over a bill; one dict per bridge."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse; use warehouse")
        for schema in ("raw", "intermediate", "marts"):
            con.execute(f"create schema finops_{schema}")
        con.execute(_TABLES)
        _fill(con, bill)
        con.execute(_PLANNING)
        for node in models:
            con.execute(f"create table {node.relation.replace(chr(34), '')} as {node.sql}")
        answer = con.execute("select * from finops_marts.fct_cost_bridges order by all")
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _fill(con: duckdb.DuckDBPyConnection, bill: Bill) -> None:
    keys: set[tuple[str, str]] = set()
    for charge in bill.charges:
        month = charge.charge_date.replace(day=1)
        posted = charge.posted_month or month
        keys.add((charge.team, charge.service_name))
        con.execute(
            "insert into finops_intermediate.int_charges_daily values "
            "('bill', 'Provider', '1', '11', $1, $2, $3, $3, $4, $5, 'delivered', $6, $7, $7, null, 'r', $8, "
            "'Standard', $9, $10, $11, $12, $13, $14)",
            [
                *(charge.billing_currency, charge.charge_date, posted, charge.charge_category, charge.charge_class),
                *(charge.service_name, charge.sku_id, charge.resource_id, charge.pricing_unit),
                *(charge.commitment_discount_status, charge.team, charge.pricing_quantity, charge.contracted_cost),
                charge.effective_cost,
            ],
        )
    for tag, service in keys:
        day, name = bill.renames.get(tag, (date(2900, 1, 1), ""))
        for start, end, team in ((date(1900, 1, 1), day, tag), (day, date(2999, 1, 1), name)):
            con.execute(
                "insert into finops_intermediate.int_owners values ('bill', '11', $1, 'r', $2, $3, $4, $5, $6)",
                [service, tag, start, end, team, f"unit of {team[:1]}"],
            )
    if bill.rates:
        con.execute("insert into finops_raw.rule_reporting_currency values ('USD', null, null)")
    for charge_date, currency, posted in {
        (c.charge_date, c.billing_currency, c.posted_month or c.charge_date.replace(day=1)) for c in bill.charges
    }:
        if bill.rates:
            con.execute(
                "insert into finops_marts.fct_reporting_rates values ('bill', $1, $2, 'USD', $3, $4)",
                [posted, currency, charge_date, bill.rates[charge_date.replace(day=1)][currency]],
            )
