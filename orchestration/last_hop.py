"""The last hop of the reconciliation: what readers will open costs exactly what the build reconciled.

Sums the staged line-level files per source, billing month and currency and sets them beside the figures of the
``reconciliation`` relation, which the build tied from the delivery on. No tolerance: these are decimals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.doors.checks import CheckResult
from orchestration.doors.money import rows_and_money
from orchestration.landing.engine import connect, identifier, literal
from orchestration.line_files import LINES, totals_sql
from orchestration.staged import STORAGE_VERSION, Staged, explained, write_parquet

if TYPE_CHECKING:
    import duckdb

RELATION = "reconciliation"
_EMPTY = (
    "select null::varchar as source_name, null::date as billing_month, null::varchar as billing_currency, "
    "0 as line_rows, null::decimal(38, 9) as billed_cost, null::decimal(38, 9) as effective_cost limit 0"
)
# What the build knew last (left) against the staged lines (right).
_FIGURES = {
    "billed_cost": ("allocated_cost", "daily_cost", "normalized_cost"),
    "effective_cost": ("allocated_effective_cost", "daily_effective_cost", "normalized_effective_cost"),
    "line_rows": ("line_level_rows", "normalized_rows"),
}


def verify(staged: Staged) -> list[CheckResult]:
    """Compare the staged lines with the staged reconciliation, and fill in its ``published_cost`` where it is null.

    Returns one result for the billed and one for the effective cost; ``staged.verified`` says whether both passed,
    and ``publish.swap`` refuses otherwise.
    """
    with explained(staged, "verified"), connect(staged.settings, staged.settings.build_dir) as con:
        con.execute(f"attach {literal(str(staged.database))} as pub (storage_version '{STORAGE_VERSION}')")
        paths = staged.lines.paths if staged.lines else []
        con.execute(f"create temp table published as {totals_sql(paths) if paths else _EMPTY}")
        columns = [row[0] for row in con.execute(f"describe pub.{RELATION}").fetchall()]
        results = [_compare(con, columns, figure, staged) for figure in ("billed_cost", "effective_cost")]
        if paths and staged.relations[LINES]["as"] == "table":
            results.append(_same_table(con))
        if "published_cost" in columns:
            con.execute(
                f"update pub.{RELATION} as r set published_cost = p.billed_cost from published as p "
                "where r.published_cost is null and r.source_name = p.source_name "
                "and r.billing_month = p.billing_month and r.billing_currency is not distinct from p.billing_currency"
            )
            con.execute(  # a delivery without lines published nothing, which is a figure too
                f"update pub.{RELATION} set published_cost = 0 where published_cost is null and delivered_cost = 0"
            )
            write_parquet(con, f"pub.{RELATION}", staged.parquet / f"{RELATION}.parquet")
        con.execute("detach pub")
    staged.verified = all(result.passed for result in results)
    return results


def _compare(con: duckdb.DuckDBPyConnection, columns: list[str], figure: str, staged: Staged) -> CheckResult:
    """Return whether one kind of cost is the same in both; the difference is the money concerned."""
    expected = next((name for name in _FIGURES[figure] if name in columns), None)
    rows = next((f"r.{name}" for name in _FIGURES["line_rows"] if name in columns), "p.line_rows")
    con.execute(
        f"create or replace temp view differing as select coalesce(p.source_name, r.source_name) as source_name, "
        "coalesce(p.billing_month, r.billing_month) as billing_month, "
        "coalesce(p.billing_currency, r.billing_currency) as billing_currency, "
        f"{'r.' + expected if expected else 'null::decimal(38, 9)'} as reconciled, p.{figure} as published, "
        "coalesce(published, 0) - coalesce(reconciled, 0) as difference, "
        f"{rows} as reconciled_rows, p.line_rows as published_rows "
        f"from published as p full join pub.{RELATION} as r on p.source_name = r.source_name "
        "and p.billing_month = r.billing_month and p.billing_currency is not distinct from r.billing_currency "
        "where difference <> 0 or coalesce(published_rows, 0) <> coalesce(reconciled_rows, 0)"
    )
    count, money = rows_and_money(con, "from differing") if expected else (0, None)
    message = ""
    if count:
        first = con.execute("from differing order by abs(difference) desc, source_name, billing_month").fetchone()
        source, month, currency, reconciled, published, _, expected_rows, rows = first
        message = (
            f"For source {source}, month {month:%Y-%m}, currency {currency}, the build has {reconciled or 0} in "
            f"{expected_rows or 0:,} lines, the line-level files have {published or 0} in {rows or 0:,} lines."
        )
    elif not expected:
        message = f"Relation {RELATION} has none of the columns {', '.join(_FIGURES[figure])}."
    return CheckResult(
        name=f"published_{figure}",
        title=f"The published lines have the {figure.replace('_', ' ')} of the reconciliation, to the last digit",
        subject=LINES,
        severity="critical",
        passed=bool(expected) and not count,
        failing_rows=count,
        money=money,
        look=(
            f"select source_name, billing_month, billing_currency, {identifier(expected or 'delivered_cost')} "
            f"from {RELATION} order by all  -- publication {staged.publication_id}"
        ),
        message=message,
    )


def _same_table(con: duckdb.DuckDBPyConnection) -> CheckResult:
    """Return whether the table that readers of the database see equals the files that others read."""
    table = (
        "select x_source_name as source_name, x_billing_month as billing_month, BillingCurrency as billing_currency, "
        "count(*) as line_rows, sum(BilledCost) as billed_cost, sum(EffectiveCost) as effective_cost "
        f"from pub.{LINES} group by all"
    )
    sql = f"(from published except {table}) union all ({table} except from published)"
    count, money = rows_and_money(con, sql)
    return CheckResult(
        name="lines_table_equals_files",
        title="The line-level table and the line-level files hold the same rows and cost",
        subject=LINES,
        severity="critical",
        passed=not count,
        failing_rows=count,
        money=money,
    )
