"""Oracle Cloud's cost reports for Harbourline Outdoor's warehouse in Frankfurt: CSV.GZ files in folders by day.

Belongs here: what runs there, its prices, how it looks in the report, and the truth about it. Does not belong here: the
sums of the truth (`truth`). A file holds what was used since the one before it: the first one of a month brings also
the last days of the month before. One file of each month comes again under a new name; a mistake is corrected by a line
that refers back; tag columns come and go. The truth names a line by its reference number.

Owners stand in the defined tags `Ops.team` and `Ops.env`, which the company's tag keys must name.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .fleet import COST_CENTERS
from .periods import RENAME_AT, Month

SOURCE_NAME = "oci_cost"
_TENANCY = "ocid1.tenancy.oc1..harbourline"
_SUBSCRIPTION = "ocid1.organizationssubscription.oc1.eu-frankfurt-1.harbourline"
_REGION = "eu-frankfurt-1"
_MAX_COPIES = 50
_FILE_DAYS = (6, 16, 26)
"""Days of a month on which a file is written; Oracle itself writes one every six hours."""
_OVERAGE_FROM = 2
_CORRECTED_AT = 1
_ENV_FROM = 0
"""From the first file of this month on there is a column of the tag `Ops.env`."""

# sku, description, billing unit, unit
_OCPU = ("B93113", "Standard - E4 - OCPU", "1 NONE HOURS OCPUS", "OCPU Hours")
_MEMORY = ("B93114", "Standard - E4 - Memory", "1 GiB HOURS MEMORY", "GB Hours")
_WAREHOUSE = ("B90453", "Autonomous Data Warehouse", "1 NONE HOURS OCPUS", "OCPU Hours")
_VOLUME = ("B91961", "Block Volume - Storage", "1 GiB MONTHS STORAGE_SIZE", "GB Months")
_BUCKET = ("B91628", "Object Storage - Storage", "1 GiB MONTHS STORAGE_SIZE", "GB Months")
_TRANSFER = ("B88327", "Outbound Data Transfer Zone 1", "1 GiB HOURS DATA_TRANSFERRED", "GB")
_METRICS = ("B90926", "Monitoring Service - Retrieval", "1000000 NONE NONE DATAPOINTS", "Million Datapoints")
# service, kind of resource, compartment, what is metered, team, environment, thousandths of a unit in six hours, price
_RESOURCES = (
    ("COMPUTE", "instance", "erp", *_OCPU, "data", "prod", 48_000, 250_000_000),
    ("COMPUTE", "instance", "erp", *_MEMORY, "data", "prod", 384_000, 15_000_000),
    ("DATABASE", "autonomousdatabase", "erp", *_WAREHOUSE, "data", "prod", 24_000, 13_441_000_000),
    ("BLOCK_STORAGE", "volume", "erp", *_VOLUME, "data", "prod", 16_700, 255_000_000),
    ("COMPUTE", "instance", "lab", *_OCPU, "growth", "staging", 12_000, 250_000_000),
    ("OBJECTSTORE", "bucket", "lab", *_BUCKET, "growth", "staging", 9_100, 255_000_000),
    ("NETWORK", "vnic", "shared", *_TRANSFER, None, None, 5_300, 85_000_000),
    ("TELEMETRY", None, "shared", *_METRICS, None, None, 2, 11_618_800),
)

_TEXT = ("service", "type", "compartment", "sku", "description", "billing_unit", "unit", "team", "env")


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write the tree of reports and the truth about its lines; there are no commitments, so no rows are returned."""
    numbers = dict.fromkeys(("base", "price"), "BIGINT")
    load_rows(
        con,
        "oci_resources",
        {"r": "BIGINT"} | dict.fromkeys(_TEXT, "VARCHAR") | numbers,
        [(number, *row) for number, row in enumerate(_RESOURCES)],
    )
    for number, month in enumerate(months):
        create = "INSERT INTO oci_lines" if number else "CREATE OR REPLACE TEMP TABLE oci_lines AS"
        con.execute(f"{create} {_usage(month, seed, min(copies, _MAX_COPIES))}")
        if month.index == _CORRECTED_AT:
            con.execute(f"INSERT INTO oci_lines BY NAME {_correction(month)}")
    files = _files(months)
    since = next((begin for begin, _, month in files if month.index == _ENV_FROM), months[-1].end)
    for month in months:
        write_parquet(con, _truth(month, since), truth / f"lines-{SOURCE_NAME}-{month.name}-00001.parquet")
    _write_files(con, exports / SOURCE_NAME / "reports", files)
    return []


def _usage(month: Month, seed: int, copies: int) -> str:
    """Return the query of a month's use, four lines a day and resource."""
    days = (month.refreshes[-1].hours + 23) // 24
    start = f"TIMESTAMP {quoted(month.start)}"
    chance = f"r * 611953 + q * 1299709 + c * 32452843 + d * 49979687 + {seed + month.salt}"
    renamed = month.index >= RENAME_AT
    team = f"CASE team WHEN {quoted(RENAMED_TEAM)} THEN {quoted(NEW_TEAM_NAME)} ELSE team END" if renamed else "team"
    overage = f"{str(month.index >= _OVERAGE_FROM).lower()} AND service = 'COMPUTE' AND d >= 25"
    return f"""
        SELECT
            md5('oci|{seed}|{month.name}|' || concat_ws('|', r, c, d, q)) AS reference, null::VARCHAR AS corrects,
            {start} + d * INTERVAL 1 DAY + q * INTERVAL 6 HOUR AS interval_start,
            {start} + (d + 1) * INTERVAL 1 DAY AS delivered_on,
            * EXCLUDE (base, team, d, q), {team} AS team, quantity * price // 1000 AS cost, {overage} AS is_overage,
            {month.index} AS month_index
        FROM (
            SELECT *, {month.grown(100, 3)} * base * (80 + mixed({chance}) % 41) // 10000 AS quantity
            FROM oci_resources, range({copies}) AS copies(c), range({days}) AS days(d), range(4) AS quarters(q))
        ORDER BY d, q, r, c"""


def _correction(month: Month) -> str:
    """Return the query of a line that takes back what was billed wrongly, written ten days later."""
    return f"""
        SELECT * REPLACE (
            md5('correction' || reference) AS reference, reference AS corrects, -quantity AS quantity, -cost AS cost,
            delivered_on + INTERVAL 10 DAY AS delivered_on)
        FROM oci_lines WHERE month_index = {month.index} AND r = 2 AND c = 0 ORDER BY interval_start LIMIT 1"""


def _files(months: list[Month]) -> list[tuple[datetime, datetime, Month]]:
    """List the days on which files are written, each with that of the file before it and its month."""
    days = [(month.start.replace(day=day), month) for month in months for day in _FILE_DAYS]
    befores = [months[0].start, *(day for day, _ in days)]
    return [(before, day, month) for before, (day, month) in zip(befores, days, strict=False)]


def _write_files(con: duckdb.DuckDBPyConnection, folder: Path, files: list[tuple[datetime, datetime, Month]]) -> None:
    """Write the files in the order of their days; one of each closed month comes again with the next file."""
    number, again = 0, None
    for before, day, month in files:
        new = f"delivered_on > TIMESTAMP {quoted(before)} AND delivered_on <= TIMESTAMP {quoted(day)}"
        here = folder / f"{day:%Y/%m/%d}"
        here.mkdir(parents=True)
        for where in (again, new):
            if where:
                number += 1
                _write_file(con, here / f"00010000{number:05d}-00001.csv.gz", where, month)
        again = new if day.day == _FILE_DAYS[1] and month.refreshes[-1].is_final else None


def _write_file(con: duckdb.DuckDBPyConnection, path: Path, where: str, month: Month) -> None:
    columns = ", ".join(f'({sql})::VARCHAR AS "{name}"' for name, sql in _report(month).items())
    query = f"SELECT {columns} FROM oci_lines AS l WHERE {where} ORDER BY l.delivered_on, l.rowid"
    con.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT csv, HEADER, COMPRESSION gzip)")


def _money(units: str) -> str:
    return f"CASE WHEN {units} <> 0 AND abs({units}) < 10000 THEN {units} || 'E-10' ELSE exact({units})::VARCHAR END"


def _report(month: Month) -> dict[str, str]:
    """Return column of the report to SQL over `oci_lines` (l)."""
    resource = f"CASE WHEN l.type IS NOT NULL THEN concat('ocid1.', l.type, '.oc1.{_REGION}.hl', l.r, '-', l.c) END"
    columns = {
        "lineItem/referenceNo": "l.reference",
        "lineItem/tenantId": quoted(_TENANCY),
        "lineItem/intervalUsageStart": "strftime(l.interval_start, '%Y-%m-%dT%H:%MZ')",
        "lineItem/intervalUsageEnd": "iso(l.interval_start + INTERVAL 6 HOUR)",
        "product/service": "l.service",
        "product/compartmentId": "'ocid1.compartment.oc1..' || l.compartment",
        "product/compartmentName": "l.compartment",
        "product/region": quoted(_REGION),
        "product/availabilityDomain": "CASE WHEN l.service = 'COMPUTE' THEN 'eu-frankfurt-1-ad-1' END",
        "product/resourceId": resource,
        "usage/billedQuantity": "(l.quantity * 0.001::DECIMAL(4, 3))::DECIMAL(24, 18)",
        "usage/billedQuantityOverage": "CASE WHEN l.is_overage THEN (l.quantity * 0.001::DECIMAL(4, 3)) END",
        "cost/subscriptionId": quoted(_SUBSCRIPTION),
        "cost/productSku": "l.sku",
        "product/Description": "l.description",
        "cost/unitPrice": "exact(l.price)",
        "cost/unitPriceOverage": "CASE WHEN l.is_overage THEN exact(l.price) END",
        "cost/myCost": _money("l.cost"),
        "cost/myCostOverage": f"CASE WHEN l.is_overage THEN {_money('l.cost // 2')} END",
        "cost/currencyCode": "'USD'",
        "cost/billingUnitReadable": "l.billing_unit",
        "cost/skuUnitDescription": "l.unit",
        "cost/overageFlag": "l.is_overage",
        "lineItem/isCorrection": "l.corrects IS NOT NULL",
        "lineItem/backreferenceNo": "l.corrects",
        "tags/Ops.team": "l.team",
    }
    if month.index >= _ENV_FROM:
        columns["tags/Ops.env"] = "l.env"
    if month.index % 2:
        columns["tags/Old\\Ops.release"] = "CASE WHEN l.compartment = 'lab' THEN '1.0' END"
    return columns


def _truth(month: Month, env_since: datetime) -> str:
    centers = " ".join(f"WHEN {quoted(team)} THEN {quoted(center)}" for team, center in COST_CENTERS.items())
    env = f"CASE WHEN delivered_on > TIMESTAMP {quoted(env_since)} THEN coalesce(env, '') ELSE '' END"
    return f"""
        SELECT
            {quoted(SOURCE_NAME)} AS source_name, DATE {quoted(month.start.date())} AS billing_month,
            reference AS line_id, CASE WHEN corrects IS NULL THEN 'oci_usage' ELSE 'correction' END AS kind,
            'USD' AS billing_currency, exact(cost) AS billed_cost, exact(cost) AS effective_cost,
            exact(cost) AS gross_effective_cost, null::DECIMAL(38, 10) AS list_cost, interval_start AS charge_start,
            {quoted(_TENANCY)} AS sub_account_id, coalesce(team, 'Unallocated') AS team,
            CASE WHEN team IS NULL THEN 'none' ELSE 'tag' END AS evidence, '' AS product, {env} AS environment,
            CASE team {centers} ELSE '' END AS cost_center, null::VARCHAR AS commitment_id
        FROM oci_lines WHERE month_index = {month.index} ORDER BY rowid"""
