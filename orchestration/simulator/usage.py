"""Lines of usage: what ran in which hour, what it cost on demand, and what a commitment made of it.

Belongs here: the narrow table of usage lines (`usage_lines`) and how a usage line looks in CUR 2.0. Does not belong
here:
fees, taxes, credits and discounts that follow from the usage (`fees`), and the files (`layout`).

`usage_lines` has one row per line: `r` the resource, `c` its copy, `hi` the hour of the month, `part` (0 the line, 1
the
negation of a covered line, 2 a line that AWS wrote twice), `kind`, `quantity` in thousandths, and money in units of
1e-10:
`on_demand`, `cost` (unblended), `net` (null before the discount contract), `effective` and `net_effective`.
"""

from decimal import Decimal

import duckdb

from .company import ACCOUNTS, NEW_TEAM_NAME, RENAMED_TEAM, Commitment
from .engine import MICRO, load_rows, quoted, units
from .fleet import COST_CENTERS, Resource
from .periods import EDP_PERCENT, PRICE_RISE_AT, RENAME_AT, Month, Refresh, stable_uuid

_PATTERNS = {
    "always": "true",
    "weekdays": "isodow(h) <= 5",
    "office": "isodow(h) <= 5 AND hour(h) BETWEEN 8 AND 17",
    "nightly": "hour(h) IN (1, 2)",
    "daily": "hour(h) = 0",
    "sparse": "true",
}

RESOURCE_COLUMNS = {
    "r": "BIGINT",
    "name": "VARCHAR",
    "account_id": "VARCHAR",
    "team": "VARCHAR",
    "evidence": "VARCHAR",
    "team_product": "VARCHAR",
    "environment": "VARCHAR",
    "cost_center": "VARCHAR",
    "id_form": "VARCHAR",
    "is_repeated": "BOOLEAN",
    "is_split": "BOOLEAN",
    "is_marketplace": "BOOLEAN",
    "pattern": "VARCHAR",
    "permille": "BIGINT",
    "noise": "BIGINT",
    "quantity": "BIGINT",
    "price": "BIGINT",
    "commitment": "VARCHAR",
    "plan_rate": "BIGINT",
    "starts": "TIMESTAMP",
    "ends": "TIMESTAMP",
    "code": "VARCHAR",
    "service_name": "VARCHAR",
    "family": "VARCHAR",
    "service": "VARCHAR",
    "usage_type": "VARCHAR",
    "operation": "VARCHAR",
    "unit": "VARCHAR",
    "region": "VARCHAR",
    "instance_type": "VARCHAR",
    "sku": "VARCHAR",
    "rate": "VARCHAR",
    "rate_id": "VARCHAR",
    "account_name": "VARCHAR",
    "tags": "MAP(VARCHAR, VARCHAR)",
    "product": "MAP(VARCHAR, VARCHAR)",
    "cost_category": "MAP(VARCHAR, VARCHAR)",
    "account_tags": "MAP(VARCHAR, VARCHAR)",
}

COMMITMENT_COLUMNS = {
    "commitment": "VARCHAR", "type": "VARCHAR", "account_id": "VARCHAR", "arn": "VARCHAR", "payment_option": "VARCHAR",
    "starts": "TIMESTAMP", "ends": "TIMESTAMP", "amortized": "BIGINT", "recurring": "BIGINT",
    "net_amortized": "BIGINT", "net_recurring": "BIGINT", "units": "BIGINT", "code": "VARCHAR", "offering": "VARCHAR",
    "instance_type": "VARCHAR", "region": "VARCHAR", "upfront": "BIGINT", "returned_at": "TIMESTAMP",
}  # fmt: skip

_PRICE_RISE_PERCENT = 18
_ACCOUNTS = {account.account_id: account for account in ACCOUNTS}


def _row(r: int, item: Resource, month: Month) -> tuple[object, ...]:
    team = _renamed(item.team, month)
    price = units(item.price)
    if item.has_price_rise and month.index >= PRICE_RISE_AT:
        price = price * (100 + _PRICE_RISE_PERCENT) // 100
    service, account = item.service, _ACCOUNTS[item.account_id]
    product = {"product_name": service.name, "region": item.region}
    if service.code == "AmazonEC2" and item.instance_type:
        product["operating_system"] = "Linux"
    division = account.division
    sku = stable_uuid(item.usage_type, service.operation, item.region).replace("-", "").upper()[:16]
    rate = f"{Decimal(price).scaleb(-10).normalize():f}"
    return (
        r, item.name, item.account_id, team, item.evidence, item.product, item.environment, COST_CENTERS.get(team, ""),
        item.id_form, item.is_repeated, item.is_split, item.is_marketplace, item.pattern, item.permille, item.noise,
        month.grown(item.quantity, item.growth), price, item.commitment, item.plan_rate * MICRO,
        item.starts, item.ends, service.code, service.name, service.family, service.service, item.usage_type,
        service.operation, service.unit, item.region, item.instance_type, sku, rate, str(int(sku[:8], 16)),
        account.name, item.tags, product, {"division": division} if division else {},
        {"accountTag:division": division} if division else {},
    )  # fmt: skip


def load_month(con: duckdb.DuckDBPyConnection, month: Month, fleet: list[Resource], bought: list[Commitment]) -> None:
    """Load the small tables of one month: `resources`, `accounts`, `commitments`, `hours` and `pattern_hours`."""
    there = [(r, item) for r, item in enumerate(fleet) if item.starts < month.end and item.ends > month.start]
    load_rows(con, "resources", RESOURCE_COLUMNS, (_row(r, item, month) for r, item in there))
    load_rows(
        con,
        "accounts",
        {"account_id": "VARCHAR", "account_name": "VARCHAR", "team": "VARCHAR", "division": "VARCHAR"},
        [(a.account_id, a.name, _renamed(a.team, month), a.division) for a in ACCOUNTS],
    )
    load_rows(
        con,
        "commitments",
        COMMITMENT_COLUMNS,
        map(_commitment_row, bought),
    )
    load_hours(con, month)
    parts = " UNION ALL ".join(
        f"SELECT '{p}' AS pattern, hi, h FROM hours WHERE {test}" for p, test in _PATTERNS.items()
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE pattern_hours AS {parts}")


def load_hours(con: duckdb.DuckDBPyConnection, month: Month) -> None:
    """Load `hours`: every hour of the month, with its number from 0 and its interval as AWS prints it."""
    begin, end = quoted(month.start), quoted(month.end)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE hours AS
        SELECT
            h, date_diff('hour', TIMESTAMP {begin}, h) AS hi, CAST(h AS DATE) AS day,
            iso(h) || '/' || iso(h + INTERVAL 1 HOUR) AS hour_interval
        FROM range(TIMESTAMP {begin}, TIMESTAMP {end}, INTERVAL 1 HOUR) t(h) ORDER BY h""")


def _commitment_row(b: Commitment) -> tuple[object, ...]:
    return (
        b.key, b.kind, b.account_id, b.arn, b.payment_option, b.start, b.end, b.amortized * MICRO, b.recurring * MICRO,
        b.net_amortized * MICRO // 100, b.net_recurring * MICRO // 100, b.units, b.product_code, b.offering,
        b.instance_type, b.region, b.upfront * MICRO, b.returned_at,
    )  # fmt: skip


def _renamed(team: str, month: Month) -> str:
    return NEW_TEAM_NAME if team == RENAMED_TEAM and month.index >= RENAME_AT else team


def usage_query(month: Month, refresh: Refresh, seed: int, copies: tuple[int, int]) -> str:
    """Return the query of the usage lines of copies `copies[0]` up to, not with, `copies[1]` of the whole company."""
    # The terms of a commitment decide hour by hour whether a line is covered: before it starts and after it ends, the
    # same instance is on demand. A returned plan never covered anything.
    salt = seed * 32452843 + month.salt * 86028121
    discounted = f"(on_demand - on_demand * {EDP_PERCENT} // 100)"
    net = f"CASE WHEN NOT is_marketplace THEN sign * (abs(cost) - abs(cost) * {EDP_PERCENT} // 100) END"
    net_effective = f"""CASE
        WHEN kind IN ('covered', 'reserved') THEN committed // 1000000 * ppm + committed % 1000000 * ppm // 1000000
        WHEN kind = 'usage' AND NOT is_marketplace THEN {discounted}
        ELSE effective END"""
    return f"""
        WITH active AS (
            SELECT
                r.r, c.c, p.hi, r.pattern, r.permille, r.noise, r.quantity AS base, r.price, r.is_split, r.is_repeated,
                r.is_marketplace, b.commitment, b.type, CASE b.type WHEN 'SP' THEN r.plan_rate
                    ELSE b.amortized + b.recurring END AS rate,
                (b.net_amortized + b.net_recurring) * 1000000 // (b.amortized + b.recurring) AS ppm,
                mixed((r.r + 1) * 7368787 + c.c * 179424673 + p.hi * 15485863 + {salt}) AS chance
            FROM resources AS r
            JOIN pattern_hours AS p ON p.pattern = r.pattern AND p.h >= r.starts AND p.h < r.ends
            CROSS JOIN range({copies[0]}, {copies[1]}) AS c(c)
            LEFT JOIN commitments AS b
                ON b.commitment = r.commitment AND p.h >= b.starts AND p.h < b.ends AND b.returned_at IS NULL
            WHERE p.hi < {refresh.hours}
        ),
        measured AS (
            SELECT *, base * (100 - noise + mixed(chance + 104729) % (2 * noise + 1)) // 100 AS quantity
            FROM active WHERE pattern != 'sparse' OR chance % 1000 < permille
        ),
        priced AS (
            SELECT
                *, price * quantity // 1000 AS on_demand, rate * quantity // 1000 AS committed,
                CASE WHEN is_split THEN 'split' WHEN type = 'SP' THEN 'covered' WHEN type = 'RI' THEN 'reserved'
                    ELSE 'usage' END AS kind
            FROM measured
        ),
        written AS (
            SELECT
                r, c, hi, part, CASE part WHEN 1 THEN 'negation' ELSE kind END AS kind, quantity, price, commitment,
                    on_demand, committed, ppm,
                is_marketplace, CASE part WHEN 1 THEN -1 ELSE 1 END AS sign,
                CASE WHEN part = 1 THEN -on_demand WHEN kind IN ('usage', 'covered') THEN on_demand ELSE 0 END AS cost,
                CASE WHEN part = 1 THEN 0 WHEN kind IN ('covered', 'reserved') THEN committed WHEN kind = 'usage'
                    THEN on_demand ELSE 0 END AS effective
            FROM priced, (VALUES (0), (1), (2)) AS parts(part)
            WHERE part = 0 OR (part = 1 AND kind = 'covered') OR (part = 2 AND is_repeated AND hi IN (24, 48, 96))
        )
        SELECT
            r, c, hi, part, kind, quantity, price, commitment, on_demand, cost,
                {net if month.is_discounted else "null::BIGINT"} AS net,
            effective, {net_effective if month.is_discounted else "effective"} AS net_effective,
            line_id({quoted(f"{seed}|{month.name}|")} || r || '|' || c || '|' || hi || '|' || (part % 2)) AS id
        FROM written
        ORDER BY r, c, hi, part"""
