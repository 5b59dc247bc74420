"""The FOCUS 1.2 export of a vendor of observability software that Harbourline Outdoor uses: one CSV.GZ per month.

Belongs here: the vendor's prices, its lines, how they look in FOCUS, and the truth about them. Does not belong here:
AWS,
and the sums of the truth (`truth`). Two billing accounts, one in EUR and one in USD, stand in the same files, so that
currencies must be kept apart. A line has no id in FOCUS; the truth names it `<file>:<number of the data row, from 1>`.
"""

from pathlib import Path

import duckdb

from .columns import FOCUS_1_2_COLUMNS
from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .fleet import COST_CENTERS
from .periods import RENAME_AT, Month
from .saas_columns import focus_columns

SOURCE_NAME = "saas_focus"
VENDOR = "Plumeline Observability"
COMMITMENT_ID = "plc-2026-logs-eu"
_DAILY_COMMITMENT = 400_000_000_000
_MAX_COPIES = 50
_TEAMS = ("checkout", "search", "payments", "growth", "data", "platform")

# billing account, its name, currency, sub account, its name, factor of the quantities in percent
_ACCOUNTS = (
    ("PL-4401", "Harbourline Europe B.V.", "EUR", "hl-prod-eu", "Production EU", 100),
    ("PL-4401", "Harbourline Europe B.V.", "EUR", "hl-stage-eu", "Staging EU", 15),
    ("PL-4402", "Harbourline Outdoor Inc.", "USD", "hl-prod-us", "Production US", 60),
)

# sku, service, meter, unit, thousandths of a unit per day, list price, contracted price, committed price (1e-10)
_SKUS = (
    ("PL-LOG-01", "Plumeline Logs", "Ingested", "GB", 21_000, 3_500_000_000, 3_100_000_000, 2_400_000_000),
    ("PL-TRC-01", "Plumeline Traces", "Spans", "GB", 4_300, 12_000_000_000, 11_000_000_000, 0),
    ("PL-HST-01", "Plumeline Hosts", "Hosts", "Hours", 96_000, 250_000_000, 230_000_000, 0),
)  # fmt: skip

_LINE_COLUMNS = {
    **dict.fromkeys(("kind", "category", "class", "frequency", "account", "account_name", "currency"), "VARCHAR"),
    **dict.fromkeys(
        ("sub_account", "sub_account_name", "sku", "service", "meter", "unit", "team", "cost_center"), "VARCHAR"
    ),
    "charge_start": "TIMESTAMP",
    "charge_end": "TIMESTAMP",
    "status": "VARCHAR",
    **dict.fromkeys(
        ("quantity", "list_price", "contracted_price", "billed", "effective", "a", "k", "t", "c"), "BIGINT"
    ),
}


def _load(con: duckdb.DuckDBPyConnection, month: Month) -> None:
    names = [
        (number, NEW_TEAM_NAME if team == RENAMED_TEAM and month.index >= RENAME_AT else team)
        for number, team in enumerate(_TEAMS)
    ]
    load_rows(
        con,
        "saas_teams",
        {"t": "BIGINT", "team": "VARCHAR", "cost_center": "VARCHAR"},
        [(n, t, COST_CENTERS[t]) for n, t in names],
    )
    text = dict.fromkeys(("account", "account_name", "currency", "sub_account", "sub_account_name"), "VARCHAR")
    load_rows(
        con,
        "saas_accounts",
        {"a": "BIGINT"} | text | {"percent": "BIGINT"},
        [(n, *row) for n, row in enumerate(_ACCOUNTS)],
    )
    text = dict.fromkeys(("sku", "service", "meter", "unit"), "VARCHAR")
    money = dict.fromkeys(("base", "list_price", "contracted_price", "committed_price"), "BIGINT")
    load_rows(con, "saas_skus", {"k": "BIGINT"} | text | money, [(n, *row) for n, row in enumerate(_SKUS)])


def _usage(month: Month, days: int, seed: int, copies: int) -> str:
    """Return the query of the daily usage; logs in EUR are covered by the commitment and bill nothing."""
    start = quoted(month.start)
    chance = f"a * 611953 + k * 1299709 + t * 15485863 + c * 32452843 + d * 49979687 + {seed + month.salt}"
    return f"""
        SELECT
            CASE WHEN is_covered THEN 'saas_covered_usage' ELSE 'saas_usage' END AS kind, 'Usage' AS category,
            'Usage-Based' AS frequency, account, account_name, currency, sub_account, sub_account_name, sku, service,
            meter, unit, team, cost_center, day AS charge_start, day + INTERVAL 1 DAY AS charge_end,
            CASE WHEN is_covered THEN 'Used' END AS status, quantity, list_price, contracted_price,
            CASE WHEN is_covered THEN 0 ELSE contracted_price * quantity // 1000 END AS billed,
            CASE WHEN is_covered THEN committed_price ELSE contracted_price END * quantity // 1000 AS effective,
            a, k, t, c
        FROM (
            SELECT *, currency = 'EUR' AND committed_price > 0 AS is_covered,
                base * percent * (80 + mixed({chance}) % 41) // 10000 AS quantity
            FROM saas_accounts, saas_skus, saas_teams, range({copies}) AS copies(c),
                (SELECT d, TIMESTAMP {start} + d * INTERVAL 1 DAY AS day FROM range({days}) AS days(d)) AS days)
        ORDER BY d, a, k, t, c"""


def _add(con: duckdb.DuckDBPyConnection, values: dict[str, object], source: str = "(VALUES (1)) AS v(v)") -> None:
    """Add lines: column of `_LINE_COLUMNS` to SQL expression; columns that are not named are null."""
    fields = ", ".join(f"{expression} AS {name}" for name, expression in values.items())
    con.execute(f"INSERT INTO saas_lines BY NAME SELECT {fields} FROM {source}")


def _add_others(con: duckdb.DuckDBPyConnection, month: Month, copies: int, *, is_closed: bool) -> None:
    """Add what is not daily usage: the commitment's fee and its unused part, tax, a credit, a correction."""
    start, end = f"TIMESTAMP {quoted(month.start)}", f"TIMESTAMP {quoted(month.end)}"
    names = ("account", "account_name", "currency", "sub_account", "sub_account_name")
    eur, usd = (dict(zip(names, map(quoted, row[:5]), strict=True)) for row in (_ACCOUNTS[0], _ACCOUNTS[2]))
    logs = dict(zip(("sku", "service", "meter", "unit"), map(quoted, _SKUS[0][:4]), strict=True))
    span = {"charge_start": start, "charge_end": end}
    usage = {"category": "'Usage'", "frequency": "'Usage-Based'", "k": 9}
    daily = _DAILY_COMMITMENT * copies
    fee = daily * (month.end - month.start).days
    prices = dict.fromkeys(("list_price", "contracted_price", "billed"), fee)
    purchase = {"kind": "'commitment_purchase'", "category": "'Purchase'", "frequency": "'Recurring'"}
    _add(con, eur | logs | span | prices | purchase | {"quantity": 1000, "effective": 0})
    unused = usage | {
        "kind": "'saas_unused'",
        "status": "'Unused'",
        "list_price": 0,
        "contracted_price": 0,
        "billed": 0,
    }
    unused |= {
        "charge_start": "charge_start",
        "charge_end": "charge_end",
        "effective": f"{daily} - sum(effective)::BIGINT",
    }
    _add(con, eur | logs | unused, "saas_lines WHERE status = 'Used' GROUP BY charge_start, charge_end")
    tiny = dict.fromkeys(("list_price", "contracted_price", "billed", "effective"), 52) | {"quantity": 1000}
    first_day = {"charge_start": start, "charge_end": f"{start} + INTERVAL 1 DAY", "team": "'platform'"}
    _add(con, usd | logs | usage | tiny | first_day | {"kind": "'saas_tiny_usage'", "cost_center": "'CC-302'"})
    if is_closed:
        tax = "(sum(billed) * 21 // 100)::BIGINT"
        vat = {"kind": "'tax'", "category": "'Tax'", "frequency": "'Recurring'", "service": "'Value added tax'"}
        owner = {name: eur[name] for name in names[:3]}
        _add(con, owner | span | vat | {"billed": tax, "effective": tax}, "saas_lines WHERE currency = 'EUR'")
        credit = {"kind": "'credit'", "category": "'Credit'", "frequency": "'One-Time'", "billed": -500_000_000_000}
        _add(con, usd | logs | span | credit | {"effective": -500_000_000_000})
    if month.index == 2:
        back = {"charge_start": f"{start} - INTERVAL 9 DAY", "charge_end": f"{start} - INTERVAL 8 DAY"}
        wrong = {
            "kind": "'correction'",
            "class": "'Correction'",
            "billed": -123_456_789_012,
            "effective": -123_456_789_012,
        }
        _add(con, usd | logs | usage | back | wrong | {"team": "'platform'", "cost_center": "'CC-302'"})


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write one file per month, and the truth about its lines; return the truth about the commitment, per month.

    The rows are those of `truth.write_commitments`. The open month holds the days of its newest refresh.
    """
    folder = exports / SOURCE_NAME
    folder.mkdir(parents=True)
    copies, result = min(copies, _MAX_COPIES), []
    for month in months:
        newest = month.refreshes[-1]
        days = (newest.hours + 23) // 24
        _load(con, month)
        load_rows(con, "saas_lines", _LINE_COLUMNS, [])
        con.execute(f"INSERT INTO saas_lines BY NAME {_usage(month, days, seed, copies)}")
        _add_others(con, month, copies, is_closed=newest.is_final)
        name = f"plumeline-focus-{month.name}.csv.gz"
        expressions = focus_columns(month, VENDOR, COMMITMENT_ID, seed, is_closed=newest.is_final)
        fields = ", ".join(f"({expressions.get(column, 'null')})::VARCHAR AS {column}" for column in FOCUS_1_2_COLUMNS)
        query = f"SELECT {fields} FROM saas_lines AS l ORDER BY l.rowid"
        con.execute(f"COPY ({query}) TO {quoted(folder / name)} (FORMAT csv, HEADER, COMPRESSION gzip)")
        write_parquet(con, _truth(month, name), truth / f"lines-saas_focus-{month.name}-00001.parquet")
        result.append((SOURCE_NAME, "EUR", *_commitment(con, month, days, copies)))
    return result


def _truth(month: Month, name: str) -> str:
    commitment = f"CASE WHEN status IS NOT NULL OR kind = 'commitment_purchase' THEN {quoted(COMMITMENT_ID)} END"
    # The staging workspace is not tagged: somebody owns it, but the export does not tell.
    return f"""
        SELECT
            'saas_focus' AS source_name, DATE {quoted(month.start.date())} AS billing_month,
                {quoted(name + ":")} || (rowid + 1) AS line_id, kind,
            currency AS billing_currency, exact(billed) AS billed_cost, exact(effective) AS effective_cost,
            exact(effective) AS gross_effective_cost,
            exact(CASE WHEN quantity IS NULL THEN billed ELSE list_price * quantity // 1000 END) AS list_cost,
                charge_start,
            sub_account AS sub_account_id, coalesce(team, 'Unallocated') AS team,
            CASE WHEN team IS NULL OR sub_account = 'hl-stage-eu' THEN 'none' ELSE 'tag' END AS evidence, '' AS product,
            CASE WHEN sub_account = 'hl-stage-eu' THEN 'staging' WHEN team IS NOT NULL THEN 'prod'
                ELSE '' END AS environment,
            coalesce(cost_center, '') AS cost_center, {commitment} AS commitment_id
        FROM saas_lines ORDER BY rowid"""


def _commitment(con: duckdb.DuckDBPyConnection, month: Month, days: int, copies: int) -> tuple:
    used = con.execute("SELECT coalesce(sum(effective), 0)::BIGINT FROM saas_lines WHERE status = 'Used'").fetchone()[0]
    paid = con.execute("SELECT sum(billed)::BIGINT FROM saas_lines WHERE kind = 'commitment_purchase'").fetchone()[0]
    total = _DAILY_COMMITMENT * copies * days
    return (
        month.start.date(),
        COMMITMENT_ID,
        "saas-logs",
        "SaaS",
        total,
        used,
        total - used,
        total,
        used,
        total - used,
        paid,
        0,
        total,
        total,
    )
