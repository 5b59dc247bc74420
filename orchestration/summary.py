"""The short table that a person sees at the end of a run; plain text of at most 100 columns, no dependency.

Reads the published database only, so what it shows is what readers get.
"""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import duckdb

from orchestration.landing.engine import literal
from orchestration.words import counted, cut, percent

if TYPE_CHECKING:
    from orchestration.doors.checks import CheckResult
    from orchestration.report import RunReport
    from orchestration.settings import Settings

WIDTH = 100
_MONTHS = 4
_NAME = 34
_CURRENCY = 10
"""Virtual currencies have words for names."""
_HEADS = {
    "published": "Published",
    "unchanged": "Nothing new; what was published before still stands",
    "loaded": "Loaded; dbt has to build it",
    "failed": "Failed; nothing was published",
    "running": "Not finished",
}


def print_summary(settings: Settings, report: RunReport, out: TextIO | None = None) -> None:
    """Print what came out: cost per provider and month, allocated share, KPIs, checks, warnings, how to open it."""
    out = out or sys.stdout
    database = settings.published_link / "finops.duckdb"
    lines, drift, alerts = ["", _rule(_HEADS[report.status])], [], []
    lines += _wrapped(report.reason)
    if database.exists():
        with duckdb.connect(str(database.resolve()), read_only=True) as con:
            months = _months(con)
            lines += _costs(con, months) + _kpis(con, months)
            drift = _drift(con, report)
            alerts = _alerts(con)
    lines += _checks(report) + alerts + _warnings(report, drift)
    if database.exists():
        lines += _how_to_open(settings)
    lines += _wrapped(report.error or "", "  ", "! ")
    print("\n".join(lines), file=out, flush=True)


def _months(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the last few months that have cost."""
    rows = con.execute("select distinct strftime(posted_month, '%Y-%m') from cost_daily order by 1 desc").fetchall()
    return [month for (month,) in rows[:_MONTHS]][::-1]


def _costs(con: duckdb.DuckDBPyConnection, months: Sequence[str]) -> list[str]:
    """One line per provider and currency, then the share of cost that has an owner; no adding across currencies."""
    rows = con.execute(
        "select coalesce(service_provider_name, source_name) as provider, billing_currency, "
        "strftime(posted_month, '%Y-%m') as month, sum(billed_cost), sum(effective_cost), "
        "sum(effective_cost) filter (team <> 'Unallocated') from cost_daily "
        f"where month in ({', '.join(map(literal, months)) or 'null'}) group by all order by 1, 2"
    ).fetchall()
    billed: dict[tuple[str, str], dict[str, Decimal]] = {}
    owned: dict[str, dict[str, list[Decimal]]] = {}
    for provider, currency, month, cost, effective, allocated in rows:
        billed.setdefault((provider, currency), {})[month] = cost
        sums = owned.setdefault(currency, {}).setdefault(month, [Decimal(0), Decimal(0)])
        sums[0] += allocated or 0
        sums[1] += effective
    table = [["Billed cost", "", *months]]
    table += [[name, unit, *[_money(costs.get(m)) for m in months]] for (name, unit), costs in billed.items()]
    table += _total(con, months)
    table += [
        ["Share with an owner", unit, *[_share(*shares.get(m, (None, None))) for m in months]]
        for unit, shares in sorted(owned.items())
    ]
    return ["", *laid_out(table)]


def _total(con: duckdb.DuckDBPyConnection, months: Sequence[str]) -> list[list[str]]:
    """Everything in the reporting currency; a month of which some rate is missing has no total."""
    rows = con.execute(
        "select max(reporting_currency), strftime(posted_month, '%Y-%m') as month, sum(reporting_billed_cost), "
        "count(*) - count(reporting_billed_cost) from cost_daily group by month having max(reporting_currency) <> ''"
    ).fetchall()
    costs = {month: cost for _, month, cost, unknown in rows if not unknown}
    return [["All of it", rows[0][0], *[_money(costs.get(month)) for month in months]]] if rows else []


def _kpis(con: duckdb.DuckDBPyConnection, months: Sequence[str]) -> list[str]:
    """One line per headline KPI of the whole company in the last month, with its target."""
    rows = con.execute(
        "select c.name, v.currency, v.value, v.target, v.status from kpi_values as v join kpi_catalog as c "
        "on v.kpi_id = c.kpi_id and v.variant = c.variant where v.scope_type = 'company' and c.is_headline "
        "and v.value is not null and strftime(v.period_start, '%Y-%m') = $1 order by v.kpi_id, v.variant, v.currency",
        [months[-1] if months else ""],
    ).fetchall()
    if not rows:
        return []
    words = {"met": "target met", "missed": "target missed"}
    table = [[f"KPIs of {months[-1]}", "", "value", "target", ""]]
    table += [
        [name, unit or "", _percent(value), _percent(target), words.get(status, "")]
        for name, unit, value, target, status in rows
    ]
    return ["", *laid_out(table, widths=(46, 4, 10, 10, 15))]


def _checks(report: RunReport) -> list[str]:
    if not report.check_count:
        return []
    blocking = sum(check.blocks for check in report.checks)
    warned = report.check_count - report.passed_count - blocking
    words = f"{report.passed_count:,} of {report.check_count:,} checks passed"
    words += f", {blocking} failed" if blocking else ""
    words += f", {warned} to know of" if warned else ""
    seconds = sum(report.seconds.values())
    return ["", words + (f"; {seconds:.0f} seconds" if seconds else "")]


def _alerts(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Count the alerts that stand, the worst first."""
    rows = con.execute(
        "select severity, count(*) from alerts where alert_state not in ('resolved', 'acknowledged') group by severity "
        "order by case severity when 'critical' then 1 when 'warning' then 2 else 3 end"
    ).fetchall()
    named = ", ".join(f"{count:,} {severity}" for severity, count in rows)
    return [f"{counted(sum(count for _, count in rows), 'alert')} to look at ({named}); see alerts"] if rows else []


def _drift(con: duckdb.DuckDBPyConnection, report: RunReport) -> list[str]:
    """One line per source whose columns changed in a delivery that this run loaded."""
    rows = con.execute(
        "select source_name, column_change, count(distinct column_name), min(column_name), min(likely_renamed_from), "
        "strftime(min(billing_month), '%Y-%m'), strftime(max(billing_month), '%Y-%m') "
        "from schema_drift semi join (from load_ledger where loaded_at >= cast($1 as timestamp)) "
        "using (source_name, delivery_id) group by all order by all",
        [datetime.fromisoformat(report.started_at).astimezone(UTC).replace(tzinfo=None).isoformat()],
    ).fetchall()
    sources: dict[str, list[str]] = {}
    for source, change, count, column, former, first, last in rows:
        named = f"{former}, now {column}" if former else column
        months = f" in {first}" + (f" to {last}" if last > first else "") if first else ""
        sources.setdefault(source, []).append(f"{count} {change}{months} ({named}{', ...' if count > 1 else ''})")
    return [f"{source}: columns changed, {', '.join(parts)}; see schema_drift." for source, parts in sources.items()]


def _warnings(report: RunReport, drift: Iterable[str] = ()) -> list[str]:
    texts = [*report.warnings, *drift, *_findings(report)]
    texts += [
        f"{period.source_name}{f' {period.billing_month}' if period.billing_month else ''}: {period.state}. "
        f"{period.message or ''}"
        for period in report.periods
        if period.state in {"rejected", "pending"}
    ]
    lines = [line for text in dict.fromkeys(texts) for line in _wrapped(text, "  ", "! ")]
    return ["", *lines] if lines else []


def _findings(report: RunReport) -> list[str]:
    """One sentence per failed check; what the same check says of several months of a source is said once."""
    groups: dict[tuple[str, str | None], list[CheckResult]] = {}
    for check in report.findings:
        groups.setdefault((check.name, check.source_name or check.subject), []).append(check)
    texts = []
    for checks in groups.values():
        first, months = checks[0], sorted({check.billing_month for check in checks if check.billing_month})
        if len(months) < 2:
            texts += [check.sentence() for check in checks]
            continue
        rows = sum(check.failing_rows for check in checks)
        texts.append(
            f"{first.source_name} {months[0]} to {months[-1]}, {len(months)} months: {rows:,} rows against the rule "
            f"'{first.title}' ({first.name}). Details are in the run report."
        )
    return texts


def _how_to_open(settings: Settings) -> list[str]:
    database = settings.published_link / "finops.duckdb"
    python = settings.project_dir / ".venv" / "bin" / "python"
    query = f'import duckdb as d; d.connect("{_shown(database)}", True).sql("show tables").show()'  # True: read-only
    pages = settings.docs_dir / "index.html"
    templates = settings.project_dir / "seeds" / "rules"
    return [
        "",
        f"Database   {_shown(database)}",
        f"Parquet    {_shown(settings.published_link / 'parquet')}/",
        *([f"Data Docs  {_shown(pages)}"] if pages.exists() else []),
        f"Report     {_shown(settings.run_report)}",
        *(
            [f"Rules      none, so nothing has an owner; copy {_shown(templates)} to rules/ beside sources.yml"]
            if settings.rules_dir == templates
            else []
        ),
        f"Look       {_shown(python) if python.exists() else 'python'} -c \\",
        shlex.quote(query),
    ]


def _shown(path: Path) -> str:
    """Return the path as one would type it here: relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) and not relative.startswith("../..") else str(path)


def laid_out(rows: Iterable[Sequence[str]], widths: Sequence[int] | None = None) -> list[str]:
    """Lay out rows: the first two cells to the left, the others to the right; names too long are cut."""
    rows = list(rows)
    name, least, *others = widths or (_NAME, 4, *[14] * _MONTHS)
    currency = min(max(least, *(len(row[1]) for row in rows)), _CURRENCY)
    widths = (name + least - currency, currency, *others)
    lines = []
    for row in rows:
        cells = [
            f"{cut(cell, width):<{width}}" if place < 2 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append(" ".join(cells).rstrip())
        if len(lines) == 1:
            lines.append("-" * len(" ".join(cells)))
    return lines


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return "-"
    small = 0 < abs(amount) < Decimal("0.01")
    return f"{amount.quantize(Decimal('0.000001' if small else '0.01'), ROUND_HALF_UP):,}"


def _percent(value: Decimal | None) -> str:
    return "-" if value is None else percent(value, 1)


def _share(part: Decimal | None, whole: Decimal | None) -> str:
    return _percent(part / whole) if part is not None and whole else "-"


def _rule(head: str) -> str:
    return f"== {head} ".ljust(WIDTH, "=")


def _wrapped(text: str, indent: str = "", first: str = "") -> list[str]:
    lines = []
    for number, line in enumerate(text.splitlines()):
        start = first if number == 0 else indent
        lines += textwrap.wrap(line, WIDTH, initial_indent=start, subsequent_indent=indent, break_long_words=False)
    return lines
