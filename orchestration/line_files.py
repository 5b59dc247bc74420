"""Line-level charges as Parquet by billing month: only changed months are written, the rest is linked.

A month file never changes once it is published, so the next publication can give it a second name instead of a copy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from orchestration import files
from orchestration.landing.engine import identifier, literal, read_parquet
from orchestration.staged import LineFiles, Staged

LINES = "focus_cost_and_usage"
MONTH, SOURCE = "x_billing_month", "x_source_name"
_FILE = "data.parquet"


def stage_lines(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    source: str,
    former: dict[str, Any] | None,
    changed_months: set[str] | None,
) -> LineFiles:
    """Write or link the file of each month, then give ``pub`` a table or view over them.

    ``source`` is the line-level view of the build. A kept file whose columns are not those of the view is written
    anew, so that all months of a publication have one shape.
    """
    lines = LineFiles()
    changed = None if changed_months is None else {month[:7] for month in changed_months}
    shape = _shape(con, source)
    for month in _months(con, source):
        target = staged.parquet / LINES / f"billing_month={month}" / _FILE
        kept = Path(former["folder"]) / "parquet" / LINES / f"billing_month={month}" / _FILE if former else None
        reusable = changed is not None and month not in changed and kept is not None and kept.exists()
        if reusable and _shape(con, read_parquet([kept])) == shape:
            files.link_or_copy(kept, target)
            lines.reused.append(month)
        elif not _write_month(con, source, month, target, staged.publication_id):
            continue
        else:
            lines.written.append(month)
        lines.paths.append(target)
    if lines.paths:
        lines.rows = con.execute(f"select count(*) from {read_parquet(lines.paths)}").fetchone()[0]
    _expose(con, staged, source, lines)
    return lines


def _months(con: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """Return the billing months there are, as ``2026-10``, from the small relations that account for every line."""
    beside = source.rpartition(".")[0]
    rows = con.execute(
        f"select strftime(billing_month, '%Y-%m') from {beside}.cost_daily "
        f"union select strftime(billing_month, '%Y-%m') from {beside}.reconciliation order by 1"
    ).fetchall()
    return [month for (month,) in rows]


def _write_month(con: duckdb.DuckDBPyConnection, source: str, month: str, target: Path, publication_id: str) -> int:
    """Write the lines of one month; an empty month leaves no file. Return the rows."""
    target.parent.mkdir(parents=True)
    rows = con.execute(
        f"copy (select * from {source} where {MONTH} = date '{month}-01') to {literal(str(target))} "
        f"(format parquet, compression zstd, kv_metadata {{publication_id: {literal(publication_id)}}})"
    ).fetchone()[0]
    if not rows:
        files.remove(target.parent)
    return rows


def _expose(con: duckdb.DuckDBPyConnection, staged: Staged, source: str, lines: LineFiles) -> None:
    """Create the relation that readers of the database see.

    A view must name the files where they will be after the rename, and DuckDB looks at them when it makes the view
    and when the audit reads it: until the swap the final name is a link to the staging folder.
    """
    select = f"select *, {literal(staged.publication_id)} as publication_id from"
    if not lines.paths:
        con.execute(f"create table pub.{identifier(LINES)} as {select} {source} limit 0")
    elif lines.rows <= staged.settings.line_table_limit:
        con.execute(f"create table pub.{identifier(LINES)} as {select} {read_parquet(lines.paths)}")
    else:
        lines.form = "view"
        staged.final.symlink_to(staged.folder.name)
        final = [staged.final / path.relative_to(staged.folder) for path in lines.paths]
        con.execute(f"create view pub.{identifier(LINES)} as {select} {read_parquet(final)}")


def _shape(con: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.execute(f"describe select * from {relation}").fetchall()]


def totals_sql(paths: list[Path]) -> str:
    """Return SQL with one row per source, month and currency of these files: lines, billed and effective cost."""
    return (
        f"select {SOURCE} as source_name, {MONTH} as billing_month, BillingCurrency as billing_currency, "
        "count(*) as line_rows, sum(BilledCost) as billed_cost, sum(EffectiveCost) as effective_cost "
        f"from {read_parquet(paths)} group by all"
    )
