"""Azure's exports for Harbourline Outdoor's shop, under an enterprise agreement: both datasets, and the price sheet.

Belongs here: which exports are written when, and the truth about every line that counts. Does not belong here: what
runs there (`azure_fleet`), what happens to it (`azure_story`), how files look (`azure_exports`), the sums of the truth
(`truth`). Two daily exports write the month to date into folders of their own, each with a manifest. A reservation is
part used, another one is returned, a savings plan is bought by the month; what nobody used is a line of amortized cost
alone. Some lines lack their prices: the sheet of the month, an export of its own, has them.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from .azure_exports import write_costs, write_prices
from .azure_story import Line, Story
from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .fleet import COST_CENTERS
from .periods import Month

SOURCE_NAME = "azure_cost"
PRICES_NAME = "azure_prices"
_MAX_COPIES = 20


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write prices, a run of both exports for each refresh, and the truth of the newest; return that of commitments.

    The rows are those of `truth.writecommitments`.
    """
    result: list[tuple] = []
    for month in months:
        write_prices(exports / PRICES_NAME, month)
        story = Story(month, months, seed, min(copies, _MAX_COPIES))
        for refresh in month.refreshes:
            days = (refresh.hours + 23) // 24
            lines = story.lines(days, is_final=refresh.is_final)
            for dataset in ("actual", "amortized"):
                write_costs(exports / SOURCE_NAME, month, refresh, dataset, lines)
        _write_truth(con, truth, month, lines)
        result += _commitment_rows(month, story, lines)
    return result


def _write_truth(con: duckdb.DuckDBPyConnection, folder: Path, month: Month, lines: list[Line]) -> None:
    """Write what is true about each line that counts; the line id is its dataset and its number there, from 1."""
    numbers, rows = {"actual": 0, "amortized": 0}, []
    for line in lines:
        for dataset, cost in (("actual", line.actual), ("amortized", line.amortized)):
            numbers[dataset] += cost is not None
        center = COST_CENTERS.get(RENAMED_TEAM if line.team == NEW_TEAM_NAME else line.team or "", "")
        rows.append(
            (
                f"{month.name}:{line.dataset}:{numbers[line.dataset]}", line.kind, line.billed, line.effective,
                line.list_cost, datetime.strptime(str(line.values["Date"]), "%m/%d/%Y"),  # noqa: DTZ007
                line.values.get("SubscriptionId"), line.team or "Unallocated", "tag" if line.team else "none",
                line.environment or "", center, line.commitment.lower() if line.commitment else None,
            )
        )  # fmt: skip
    text = dict.fromkeys(
        ("sub_account_id", "team", "evidence", "environment", "cost_center", "commitment_id"), "VARCHAR"
    )
    money = dict.fromkeys(("billed", "effective", "list_cost"), "BIGINT")
    columns = {"line_id": "VARCHAR", "kind": "VARCHAR"} | money | {"charge_start": "TIMESTAMP"} | text
    load_rows(con, "azure_lines", columns, rows)
    query = f"""
        SELECT {quoted(SOURCE_NAME)} AS source_name, DATE {quoted(month.start.date())} AS billing_month, line_id, kind,
            'EUR' AS billing_currency, exact(billed) AS billed_cost, exact(effective) AS effective_cost,
            exact(effective) AS gross_effective_cost, exact(list_cost) AS list_cost, charge_start, sub_account_id, team,
            evidence, '' AS product, environment, cost_center, commitment_id
        FROM azure_lines ORDER BY rowid"""
    write_parquet(con, query, folder / f"lines-{SOURCE_NAME}-{month.name}-00001.parquet")


def _commitment_rows(month: Month, story: Story, lines: list[Line]) -> list[tuple]:
    result = []
    for key, item in story.commitments.items():
        mine = [line for line in lines if line.commitment == item.benefit]
        used = sum(line.effective for line in mine if line.kind == "azure_covered_usage")
        unused = sum(line.effective for line in mine if line.kind == "azure_unused")
        paid = sum(line.billed for line in mine if line.kind == "commitment_purchase")
        back = -sum(line.billed for line in mine if line.kind == "upfront_refund")
        if mine:
            total = used + unused
            kind = "SP" if key == "plan" else "RI"
            head = (SOURCE_NAME, "EUR", month.start.date(), item.benefit.lower(), f"azure-{key}", kind)
            result.append((*head, total, used, unused, total, used, unused, paid, back, total, total))
    return result
