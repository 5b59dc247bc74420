"""The table of lines that follow from the usage, and the aggregates of the usage that they are made from.

Belongs here: `fee_lines` (columns of CUR 2.0, and the truth as `t_...`, money in units of 1e-10), the aggregates
`day_costs`, `plan_hours` and `reserved`, and how one kind of line is added. Does not belong here: the kinds themselves
(`fees` for commitments, `charges` for all else), and files (`layout`).
"""

from dataclasses import dataclass

import duckdb

from .columns import CUR2_COLUMNS, duckdb_type
from .engine import quoted
from .periods import NET, Month, Refresh
from .usage_columns import month_columns

_TRUTH_COLUMNS = {
    "t_kind": "VARCHAR",
    "t_cost": "BIGINT",
    "t_net": "BIGINT",
    "t_billed": "BIGINT",
    "t_effective": "BIGINT",
    "t_gross": "BIGINT",
    "t_list": "BIGINT",
    "t_commitment": "VARCHAR",
}


@dataclass(frozen=True)
class Delivery:
    """One delivery in the making: its session, month and refresh, the seed, and the copies of the company."""

    con: duckdb.DuckDBPyConnection
    month: Month
    refresh: Refresh
    seed: int
    copies: int


@dataclass(frozen=True)
class Line:
    """The expressions that every kind of fee has; `net` is empty where the contract gives no discount."""

    kind: str
    line_type: str
    key: str
    account: str
    code: str
    name: str
    description: str
    begin: str
    end: str
    cost: str
    net: str = ""
    effective: str = ""
    gross: str = ""
    commitment: str = "null"


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of one delivery."""
    columns = {name: duckdb_type(kind) for name, kind in CUR2_COLUMNS.items()} | _TRUTH_COLUMNS
    con.execute(f"CREATE OR REPLACE TEMP TABLE fee_lines ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE day_costs
            (account_id VARCHAR, code VARCHAR, name VARCHAR, day DATE, cost HUGEINT, net HUGEINT);
        CREATE OR REPLACE TEMP TABLE plan_hours (commitment VARCHAR, hi BIGINT, used HUGEINT, net_used HUGEINT);
        CREATE OR REPLACE TEMP TABLE reserved (commitment VARCHAR, quantity HUGEINT, used HUGEINT, net_used HUGEINT)""")


def add_usage(con: duckdb.DuckDBPyConnection) -> None:
    """Add what `usage_lines` holds to the aggregates."""
    con.execute("""
        INSERT INTO day_costs
        SELECT r.account_id, r.code, r.service_name, h.day, sum(u.cost), sum(coalesce(u.net, u.cost))
        FROM usage_lines AS u JOIN resources AS r ON r.r = u.r JOIN hours AS h ON h.hi = u.hi GROUP BY ALL;
        INSERT INTO plan_hours
        SELECT commitment, hi, sum(effective), sum(net_effective) FROM usage_lines WHERE kind = 'covered' GROUP BY ALL;
        INSERT INTO reserved
        SELECT commitment, sum(quantity), sum(effective), sum(net_effective)
        FROM usage_lines WHERE kind = 'reserved' GROUP BY ALL""")


def add_lines(d: Delivery, line: Line, source: str, more: dict[str, str] | None = None) -> None:
    """Add the lines of one kind: `source` is a FROM clause whose columns the expressions of `line` use."""
    is_net = bool(line.net) and d.month.is_discounted
    billed = line.net if is_net and d.month.discount_mode == NET else line.cost
    effective = line.effective or (line.net if is_net else line.cost)
    columns = month_columns(d.month, d.refresh, d.seed) | {
        "identity_line_item_id": f"line_id({quoted(f'{d.seed}|{d.month.name}|{line.kind}|')} || {line.key})",
        "identity_time_interval": f"iso({line.begin}) || '/' || iso({line.end})",
        "line_item_line_item_type": quoted(line.line_type),
        "line_item_line_item_description": line.description,
        "line_item_usage_account_id": line.account,
        "line_item_product_code": line.code,
        "line_item_usage_start_date": line.begin,
        "line_item_usage_end_date": line.end,
        "line_item_unblended_cost": f"usd({line.cost})",
        "line_item_blended_cost": f"usd({line.cost})",
        "line_item_net_unblended_cost": f"usd({line.net})" if is_net else "null",
        "product": f"MAP {{'product_name': {line.name}}}",
        "product_servicecode": line.code,
        "resource_tags": "MAP {}",
        "cost_category": "MAP {}",
        "tags": "MAP {}",
        "pricing_currency": "'USD'",
        "t_kind": quoted(line.kind),
        "t_cost": line.cost,
        "t_net": line.net if is_net else "null",
        "t_billed": billed,
        "t_effective": effective,
        "t_gross": line.gross or line.effective or line.cost,
        "t_list": "0" if line.commitment != "null" else billed,
        "t_commitment": line.commitment,
    }
    if is_net and d.month.discount_mode == NET:
        columns["discount_total_discount"] = f"-usd({line.cost} - {line.net})"
        columns["discount"] = f"MAP {{'edp_discount': -usd({line.cost} - {line.net})}}"
    fields = ", ".join(f"{expression} AS {name}" for name, expression in (columns | (more or {})).items())
    d.con.execute(f"INSERT INTO fee_lines BY NAME SELECT {fields} FROM {source}")


def add_fees_to_days(con: duckdb.DuckDBPyConnection, *kinds: str) -> None:
    """Add the fees of the given kinds to the daily costs, so that discounts and taxes see them too."""
    listed = ", ".join(quoted(kind) for kind in kinds)
    con.execute(f"""
        INSERT INTO day_costs
        SELECT line_item_usage_account_id, line_item_product_code, product['product_name'],
            CAST(line_item_usage_start_date AS DATE), sum(t_cost), sum(coalesce(t_net, t_cost))
        FROM fee_lines WHERE t_kind IN ({listed}) GROUP BY ALL""")


def truth_of_fees(month: Month) -> str:
    """Return the query of the truth about `fee_lines`; its columns are those of `truth.LINE_COLUMNS`."""
    return f"""
        SELECT
            'aws_payer' AS source_name, DATE {quoted(month.start.date())} AS billing_month,
                f.identity_line_item_id AS line_id,
            f.t_kind AS kind, 'USD' AS billing_currency, exact(f.t_billed) AS billed_cost,
                exact(f.t_effective) AS effective_cost,
            exact(f.t_gross) AS gross_effective_cost, exact(f.t_list) AS list_cost,
                f.line_item_usage_start_date AS charge_start,
            f.line_item_usage_account_id AS sub_account_id, a.team,
            CASE WHEN a.team = 'Unallocated' THEN 'none' ELSE 'account' END AS evidence, '' AS product,
                '' AS environment,
            '' AS cost_center, f.t_commitment AS commitment_id
        FROM fee_lines AS f JOIN accounts AS a ON a.account_id = f.line_item_usage_account_id ORDER BY f.rowid"""
