"""The FOCUS 1.3 export of an AI vendor that Harbourline Outdoor uses: one CSV.GZ per month, tokens priced in credits.

Belongs here: the vendor's models and prices, its lines, how they look in FOCUS, and the truth about them. Does not
belong here: the sums of the truth (`truth`). The vendor prices in credits of its own, a virtual currency, and bills in
USD, a hundred credits to the dollar. A line has no id in FOCUS; the truth names it `<file>:<number of the data row>`.
"""

from pathlib import Path

import duckdb

from .columns import FOCUS_1_2_COLUMNS
from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .fleet import COST_CENTERS
from .periods import RENAME_AT, Month, stable_uuid, story_of
from .story import Event, events

SOURCE_NAME = "lumen_ai"
VENDOR = "Lumen Language Models"
CREDIT = "Credits"
CREDITS_PER_USD = 100
_ACCOUNT, _ACCOUNT_NAME = "org-7fb2", "Harbourline Outdoor Inc."
_MAX_COPIES = 50
_DISCOUNT_FROM, _DISCOUNT_PERCENT = 2, 10
_CORRECTED_AT = 1
_NEW_IN_1_3 = (
    *("AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName"),
    *("AllocatedTags", "ContractApplied", "HostProviderName", "ServiceProviderName"),
)
COLUMNS = tuple(sorted((*FOCUS_1_2_COLUMNS, *_NEW_IN_1_3)))
"""The 65 columns of FOCUS 1.3."""

# sku, model, meter, thousands of tokens a day and project, list price of a million tokens (1e-10 USD)
_SKUS = (
    ("LUM-L-IN", "Lumen Large", "Input tokens", 8_400, 30_000_000_000),
    ("LUM-L-CACHE", "Lumen Large", "Cached input tokens", 12_200, 3_000_000_000),
    ("LUM-L-OUT", "Lumen Large", "Output tokens", 1_220, 150_000_000_000),
    ("LUM-S-IN", "Lumen Small", "Input tokens", 36_000, 1_500_000_000),
    ("LUM-S-OUT", "Lumen Small", "Output tokens", 4_200, 6_000_000_000),
)
# project, team, environment, factor of the tokens in percent; a playground that nobody tagged
_PROJECTS = (
    ("proj-product-search", "search", "prod", 100),
    ("proj-campaign-texts", "growth", "prod", 35),
    ("proj-support-answers", "platform", "prod", 60),
    ("proj-playground", None, None, 12),
)


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write one file per month and the truth about its lines; there are no commitments, so no rows are returned."""
    text = dict.fromkeys(("sku", "model", "meter"), "VARCHAR")
    load_rows(
        con,
        "ai_skus",
        {"k": "BIGINT"} | text | {"tokens": "BIGINT", "list_price": "BIGINT"},
        [(number, *row) for number, row in enumerate(_SKUS)],
    )
    text = dict.fromkeys(("project", "team", "env"), "VARCHAR")
    load_rows(
        con,
        "ai_projects",
        {"p": "BIGINT"} | text | {"percent": "BIGINT"},
        [(number, *row) for number, row in enumerate(_PROJECTS)],
    )
    folder = exports / SOURCE_NAME
    folder.mkdir(parents=True)
    failed = events(story_of(months))["meter-failed"]
    for month in months:
        query = _usage(month, seed, min(copies, _MAX_COPIES), failed)
        con.execute(f"CREATE OR REPLACE TEMP TABLE ai_lines AS {query}")
        for line in _others(month):
            fields = ", ".join(f"{sql} AS {name}" for name, sql in line.items())
            con.execute(f"INSERT INTO ai_lines BY NAME SELECT {fields}")
        name = f"lumen-focus-{month.name}.csv.gz"
        columns = _focus(month, seed)
        fields = ", ".join(f"({columns.get(column, 'null')})::VARCHAR AS {column}" for column in COLUMNS)
        query = f"SELECT {fields} FROM ai_lines AS l ORDER BY l.rowid"
        con.execute(f"COPY ({query}) TO {quoted(folder / name)} (FORMAT csv, HEADER, COMPRESSION gzip)")
        write_parquet(con, _truth(month, name), truth / f"lines-{SOURCE_NAME}-{month.name}-00001.parquet")
    return []


def _usage(month: Month, seed: int, copies: int, failed: Event) -> str:
    """Return the query of a month's tokens: a line per day, project, model and meter, but for days of no meter."""
    days = (month.refreshes[-1].hours + 23) // 24
    chance = f"k * 611953 + p * 1299709 + c * 32452843 + d * 49979687 + {seed + month.salt}"
    renamed = month.index >= RENAME_AT
    team = f"CASE team WHEN {quoted(RENAMED_TEAM)} THEN {quoted(NEW_TEAM_NAME)} ELSE team END" if renamed else "team"
    percent = 100 - (_DISCOUNT_PERCENT if month.index >= _DISCOUNT_FROM else 0)
    return f"""
        SELECT
            'ai_usage' AS kind, 'Usage' AS category, null::VARCHAR AS class, 'Usage-Based' AS frequency, project,
            {team} AS team, env, sku, model, meter, list_price, list_price * {percent} // 100 AS price, quantity,
            list_price * quantity // 1000 AS list, list_price * {percent} // 100 * quantity // 1000 AS cost,
            day AS charge_start, day + INTERVAL 1 DAY AS charge_end
        FROM (
            SELECT *, TIMESTAMP {quoted(month.start)} + d * INTERVAL 1 DAY AS day,
                {month.grown(100, 6)} * tokens * percent * (60 + mixed({chance}) % 81) // 1000000 AS quantity
            FROM ai_skus, ai_projects, range({copies}) AS copies(c), range({days}) AS days(d))
        WHERE day < TIMESTAMP {quoted(failed.begins)} OR day >= TIMESTAMP {quoted(failed.ends)}
        ORDER BY day, p, k, c"""


def _others(month: Month) -> list[dict[str, str]]:
    """Give what is no daily usage: a promotion in the story's first month, and tokens counted twice, taken back."""
    start = f"TIMESTAMP {quoted(month.start)}"
    found = []
    if month.index == 0:
        found.append(
            {
                "kind": "'credit'",
                "category": "'Credit'",
                "frequency": "'One-Time'",
                "model": "'Lumen Large'",
                "cost": "-1000000000000",
                "list": "-1000000000000",
                "charge_start": start,
                "charge_end": f"TIMESTAMP {quoted(month.end)}",
            }
        )
    if month.index == _CORRECTED_AT:
        sku, model, meter, _, price = _SKUS[0]
        project, team, env, _ = _PROJECTS[0]
        found.append(
            {
                "kind": "'correction'",
                "category": "'Usage'",
                "class": "'Correction'",
                "frequency": "'Usage-Based'",
                "project": quoted(project),
                "team": quoted(team),
                "env": quoted(env),
                "sku": quoted(sku),
                "model": quoted(model),
                "meter": quoted(meter),
                "list_price": str(price),
                "price": str(price),
                "quantity": "-1500",
                "cost": str(-price * 3 // 2),
                "list": str(-price * 3 // 2),
                "charge_start": f"{start} - INTERVAL 5 DAY",
                "charge_end": f"{start} - INTERVAL 4 DAY",
            }
        )
    return found


def _case(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


def _focus(month: Month, seed: int) -> dict[str, str]:
    """Return FOCUS column to SQL over `ai_lines` (l); a column that is not named is null."""
    priced = "l.quantity IS NOT NULL"
    credit_prices = {
        f"PricingCurrency{name}UnitPrice": _case(priced, f"exact(l.{price} * {CREDITS_PER_USD})")
        for name, price in (("List", "list_price"), ("Contracted", "price"))
    }
    tags = "to_json(map_from_entries([{'k': 'team', 'v': l.team}, {'k': 'environment', 'v': l.env}]))"
    number = int(stable_uuid("ai", seed, month.name)[:6], 16)
    return {
        "BilledCost": "exact(l.cost)",
        "BillingAccountId": quoted(_ACCOUNT),
        "BillingAccountName": quoted(_ACCOUNT_NAME),
        "BillingAccountType": "'Organization'",
        "BillingCurrency": "'USD'",
        "BillingPeriodStart": f"iso(TIMESTAMP {quoted(month.start)})",
        "BillingPeriodEnd": f"iso(TIMESTAMP {quoted(month.end)})",
        "ChargeCategory": "l.category",
        "ChargeClass": "l.class",
        "ChargeDescription": _case("true", "concat_ws(', ', l.model, coalesce(l.meter, 'promotional credit'))"),
        "ChargeFrequency": "l.frequency",
        "ChargePeriodStart": "iso(l.charge_start)",
        "ChargePeriodEnd": "iso(l.charge_end)",
        "ConsumedQuantity": _case(priced, "l.quantity * 1000"),
        "ConsumedUnit": _case(priced, "'Tokens'"),
        "ContractedCost": "exact(l.cost)",
        "ContractedUnitPrice": _case(priced, "exact(l.price)"),
        "EffectiveCost": "exact(l.cost)",
        "HostProviderName": quoted(VENDOR),
        "InvoiceId": f"'LUM-{number:08d}'" if month.refreshes[-1].is_final else "null",
        "InvoiceIssuerName": quoted(VENDOR),
        "ListCost": "exact(l.list)",
        "ListUnitPrice": _case(priced, "exact(l.list_price)"),
        "PricingCategory": _case("l.category = 'Usage'", "'Standard'"),
        "PricingCurrency": quoted(CREDIT),
        **credit_prices,
        "PricingCurrencyEffectiveCost": f"exact(l.cost * {CREDITS_PER_USD})",
        "PricingQuantity": _case(priced, "(l.quantity * 0.001::DECIMAL(4, 3))"),
        "PricingUnit": _case(priced, "'1000000 Tokens'"),
        "ProviderName": quoted(VENDOR),
        "PublisherName": quoted(VENDOR),
        "ResourceId": _case("l.project IS NOT NULL", "l.project || '/' || l.sku"),
        "ResourceName": _case("l.project IS NOT NULL", "l.project"),
        "ResourceType": _case("l.project IS NOT NULL", "'Project'"),
        "ServiceCategory": "'AI and Machine Learning'",
        "ServiceName": "l.model",
        "ServiceProviderName": quoted(VENDOR),
        "ServiceSubcategory": "'Generative AI'",
        "SkuId": "l.sku",
        "SkuMeter": "l.meter",
        "SkuPriceDetails": _case("l.sku IS NOT NULL", "to_json({'Model': l.model})"),
        "SkuPriceId": _case("l.sku IS NOT NULL", "l.sku || '-USD'"),
        "SubAccountId": "l.project",
        "SubAccountName": "l.project",
        "SubAccountType": _case("l.project IS NOT NULL", "'Project'"),
        "Tags": _case("l.team IS NOT NULL", tags),
    }


def _truth(month: Month, name: str) -> str:
    centers = " ".join(f"WHEN {quoted(team)} THEN {quoted(center)}" for team, center in COST_CENTERS.items())
    return f"""
        SELECT
            {quoted(SOURCE_NAME)} AS source_name, DATE {quoted(month.start.date())} AS billing_month,
            {quoted(name + ":")} || (rowid + 1) AS line_id, kind, 'USD' AS billing_currency,
            exact(cost) AS billed_cost, exact(cost) AS effective_cost, exact(cost) AS gross_effective_cost,
            exact(list) AS list_cost, charge_start, project AS sub_account_id,
            coalesce(team, 'Unallocated') AS team, CASE WHEN team IS NULL THEN 'none' ELSE 'tag' END AS evidence,
            '' AS product, coalesce(env, '') AS environment, CASE team {centers} ELSE '' END AS cost_center,
            null::VARCHAR AS commitment_id
        FROM ai_lines ORDER BY rowid"""
