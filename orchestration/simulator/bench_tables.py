"""The tables that the benchmark's lines are drawn from: many accounts, resources and tag sets, and a few commitments.

Belongs here: the small tables of one session, with the columns that the demo's have. Does not belong here: the lines
(`bench`), and the demo's company (`company`, `fleet`).
"""

from dataclasses import dataclass
from datetime import timedelta

import duckdb

from .company import PAYER, PAYER_NAME
from .engine import load_rows, quoted
from .fleet import read_services
from .periods import Month, stable_uuid
from .usage import COMMITMENT_COLUMNS, RESOURCE_COLUMNS, load_hours

_ACCOUNTS, _RESERVATIONS = 200, 8

# Of sixteen resources the first nine run on demand, five under a plan, two are reserved.
CLASS = "CASE WHEN r % 16 < 9 THEN 'usage' WHEN r % 16 < 14 THEN 'covered' ELSE 'reserved' END"
_ON_DEMAND = ("ec2", "s3", "lambda", "cdn", "transfer", "rds", "ebs")


@dataclass(frozen=True)
class Plan:
    """What decides the bytes of a benchmark export."""

    lines: int
    seed: int
    resources: int
    tag_sets: int
    lines_per_month: int
    savings_plans: int
    has_whole_months: bool


def load_tables(con: duckdb.DuckDBPyConnection, month: Month, plan: Plan) -> None:
    """Load `accounts`, `resources`, `commitments` and `hours` of one month."""
    services = read_services()
    columns = dict.fromkeys(
        ("key", "code", "service_name", "family", "service", "usage_type", "operation", "unit", "id_form"), "VARCHAR"
    )
    rows = [
        (key, s.code, s.name, s.family, s.service, s.usage_type, s.operation, s.unit, s.id)
        for key, s in services.items()
    ]
    load_rows(con, "services", columns, rows)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE accounts AS
        SELECT {quoted(PAYER)} AS account_id, {quoted(PAYER_NAME)} AS account_name, 'platform' AS team, '' AS division
        UNION ALL
        SELECT lpad(((n * 7919 + 104729) * 3571 % 100000000000)::VARCHAR, 12, '0'), 'account ' || n, 'team ' || n % 40,
            'division ' || n % 5
        FROM range({_ACCOUNTS}) AS t(n)""")
    con.execute(_resources(plan))
    _load_commitments(con, month, plan)
    load_hours(con, month)


def _resources(plan: Plan) -> str:
    """Return the statement that makes `resources`, with the columns of the demo's."""
    keys = ", ".join(quoted(key) for key in _ON_DEMAND)
    tags = """CASE WHEN t = 0 THEN MAP {} ELSE MAP {
        'user_team': 'team ' || t % 40, 'user_environment': ['prod', 'staging', 'dev'][1 + t % 3],
            'user_product': 'product ' || t % 400,
        'user_cost_center': 'CC-' || (100 + t % 40), 'user_stack': 'stack-' || t} END"""
    fields = {
        "r": "r",
        "name": "'resource-' || r",
        "id_form": "replace(replace(replace(s.id_form, '{region}', region), '{account}', a.account_id), '{name}', "
        "'resource-' || r)",
        "account_id": "a.account_id",
        "account_name": "a.account_name",
        "team": "a.team",
        "is_repeated": "false",
        "is_split": "false",
        "is_marketplace": "false",
        "quantity": "CASE WHEN s.unit = 'Hrs' THEN 1000 ELSE 500 + t % 4000 END",
        "price": "price",
        "plan_rate": "CASE WHEN class = 'covered' THEN price * 2 // 3 // 10000 * 10000 ELSE 0 END",
        "commitment": f"""CASE class WHEN 'covered' THEN 'plan-' || r % {plan.savings_plans}
            WHEN 'reserved' THEN 'reservation-' || r // 16 % {_RESERVATIONS} END""",
        "code": "s.code",
        "service_name": "s.service_name",
        "family": "s.family",
        "service": "s.service",
        "usage_type": "replace(s.usage_type, '{type}', instance_type)",
        "operation": "s.operation",
        "unit": "s.unit",
        "region": "region",
        "instance_type": "CASE WHEN s.unit = 'Hrs' THEN instance_type ELSE '' END",
        "sku": "upper(left(md5(s.usage_type || instance_type || region), 16))",
        "rate": "rtrim(exact(price)::VARCHAR, '0')",
        "rate_id": "(price // 100)::VARCHAR",
        "tags": tags,
        "product": "MAP {'product_name': s.service_name, 'region': region}",
        "cost_category": "MAP {'division': a.division}",
        "account_tags": "MAP {'accountTag:division': a.division}",
    }
    listed = ", ".join(
        f"CAST({fields.get(name, 'null')} AS {kind}) AS {name}" for name, kind in RESOURCE_COLUMNS.items()
    )
    return f"""
        CREATE OR REPLACE TEMP TABLE resources AS
        WITH drawn AS (
            SELECT
                r, {CLASS} AS class, mixed(r * 15485863 + {plan.seed}) % {plan.tag_sets} AS t,
                mixed(r * 32452843 + {plan.seed + 1}) % {_ACCOUNTS} AS a,
                CASE WHEN {CLASS} = 'usage' THEN [{keys}][1 + mixed(r * 49979687) % {len(_ON_DEMAND)}]
                    WHEN {CLASS} = 'covered' THEN 'ec2' ELSE 'rds' END AS service_key,
                ['us-east-1', 'eu-west-1', 'ap-southeast-2'][1 + mixed(r * 67867967) % 3] AS region,
                ['m5', 'c5', 'r5'][1 + mixed(r * 86028121) % 3] || ['.large', '.xlarge', '.2xlarge',
                    '.4xlarge'][1 + mixed(r * 104395301) % 4]
                    AS instance_type,
                CASE WHEN {CLASS} = 'reserved' THEN 3000000000 + r // 16 % {_RESERVATIONS} * 400000000
                    ELSE (100 + mixed(r * 122949823) % 400000) * 10000 END AS price
            FROM range({plan.resources}) AS t(r)
        ),
        numbered AS (SELECT row_number() OVER (ORDER BY account_id) - 1 AS a, * FROM accounts
            WHERE account_id != {quoted(PAYER)})
        SELECT {listed}
        FROM drawn AS d JOIN services AS s ON s.key = d.service_key JOIN numbered AS a ON a.a = d.a ORDER BY r"""


def _load_commitments(con: duckdb.DuckDBPyConnection, month: Month, plan: Plan) -> None:
    """Load `commitments`; what a Savings Plan commits to and how much is reserved is set after the usage is known."""
    plan_end = month.end if plan.has_whole_months else month.start + timedelta(days=1)
    rows = []
    for number in range(plan.savings_plans):
        arn = f"arn:aws:savingsplans::{PAYER}:savingsplan/{stable_uuid('plan', plan.seed, number)}"
        option = ("No Upfront", "All Upfront", "Partial Upfront")[number % 3]
        rows.append(
            (f"plan-{number}", "SP", PAYER, arn, option, month.start, plan_end, 0, 0, 0, 0, 1, "ComputeSavingsPlans",
             "ComputeSavingsPlans", "", "", 0, None)
        )  # fmt: skip
    for number in range(_RESERVATIONS):
        price = 3_000_000_000 + number * 400_000_000
        amortized, recurring = price * 3 // 10, price * 3 // 10
        arn = f"arn:aws:rds:us-east-1:{PAYER}:ri:ri-{stable_uuid('reservation', plan.seed, number)[:13]}"
        rows.append(
            (f"reservation-{number}", "RI", PAYER, arn, "Partial Upfront", month.start, month.end, amortized, recurring,
             amortized,             recurring, 0, "AmazonRDS", "", "db.r5.large", "us-east-1", 0, None)
        )  # fmt: skip
    load_rows(con, "commitments", COMMITMENT_COLUMNS, rows)
