"""The build: raw relations over the ledger's current files, the rules, then dbt; and what a failed test says.

Belongs here: the order of these steps in the build database. What is to be rebuilt is in `rebuild.py`, running dbt in
`dbt.py`; nothing here is seen by readers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from orchestration import analysis, files
from orchestration.alerts.log import create_alert_deliveries
from orchestration.alerts.outcomes import create_run_outcomes
from orchestration.analysis.warehouse import DuckDBWarehouse
from orchestration.dbt import DbtNode, DbtOutcome, Say, run_dbt
from orchestration.doors.checks import CheckResult
from orchestration.doors.findings import findings
from orchestration.doors.money import rows_and_money
from orchestration.errors import FinopsError
from orchestration.kept import create_kept
from orchestration.landing import create_raw_relations
from orchestration.landing.engine import first_line, literal
from orchestration.landing.relations import SCHEMA as RAW_SCHEMA
from orchestration.landing.rules import load_rules
from orchestration.words import counted

if TYPE_CHECKING:
    from orchestration.landing import Ledger
    from orchestration.rebuild import Plan
    from orchestration.settings import Settings

_NAMED = 3


@dataclass(frozen=True)
class BuildResult:
    """What dbt did, and its tests as checks like those of the doors."""

    outcome: DbtOutcome
    checks: list[CheckResult] = field(default_factory=list)
    analysis_tables: list[str] = field(default_factory=list)
    """The relations of the source `analysis` that were written."""


class BuildFailed(FinopsError):  # noqa: N818 - the name says what happened
    """A model or a test failed; `result` holds what was found."""

    def __init__(self, message: str, result: BuildResult) -> None:
        """`message` is the whole paragraph that a person reads."""
        super().__init__(message)
        self.result = result


def build(
    settings: Settings,
    plan: Plan,
    ledger: Ledger,
    publication_id: str,
    *,
    as_of: str | None = None,
    front_checks: Sequence[CheckResult] = (),
    say: Say | None = None,
) -> BuildResult:
    """Bring the build database to what `plan` asks for; BuildFailed if a model or a test failed.

    `publication_id` names the publication that it is for: what changes in the totals of marts is known from then.
    `as_of` (naive UTC, `2026-10-31 12:00:00`) is the moment the numbers speak of, default now. `front_checks` are what
    was checked before, for the feed of alerts.
    """
    _clear(settings, everything=plan.is_full)
    _prepare(settings, ledger)
    env = {
        "FINOPS_PUBLICATION_ID": publication_id,
        "FINOPS_REBUILD": plan.variable,
        "FINOPS_AS_OF": as_of or datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }
    args = ["build", "--exclude-resource-type", "unit_test"]
    if plan.is_full:
        args.append("--full-refresh")
    reads_analyses = f"source:{analysis.SOURCE}+"
    result = _run(settings, [*args, "--exclude", reads_analyses], env, say)
    if analysis.tables():
        if say:
            say("Analyzing")
        current = {None, *(delivery.delivery_id for delivery in ledger.current().values())}
        current |= {delivery.delivery_id for delivery in ledger.current_facts().values()}
        told = [check for check in (*front_checks, *result.checks) if check.delivery_id in current]
        written = _analyze(settings, env, told, say)
        if say:
            say("Building what reads the analyses")
        later = _run(settings, [*args, "--select", reads_analyses], env, say, former=result)
        result = replace(later, analysis_tables=written)
    return result


def _run(
    settings: Settings,
    args: list[str],
    env: dict[str, str],
    say: Say | None,
    former: BuildResult | None = None,
) -> BuildResult:
    """Run one half of the build; what is given back has the results of `former` too."""
    outcome = run_dbt(settings, args, env, say=say)
    result = BuildResult(outcome, checks_of(settings, outcome.nodes))
    if former:
        both = replace(outcome, nodes=[*former.outcome.nodes, *outcome.nodes])
        result = replace(result, outcome=both, checks=[*former.checks, *result.checks])
    if not outcome.success:
        raise BuildFailed(_explain(settings, result), result)
    return result


def _analyze(settings: Settings, env: dict[str, str], checks: Sequence[CheckResult], say: Say | None) -> list[str]:
    """Run the analyses over what the first half built; returns the relations that were written."""
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute(f"set memory_limit = {literal(settings.memory_limit)}")
        return analysis.analyze(settings, DuckDBWarehouse(con), env, "analysis", say or (lambda _: None), checks)


def _clear(settings: Settings, *, everything: bool) -> None:
    """Remove what a killed build spilled, and for a full build the old database."""
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    files.remove(settings.build_dir / "tmp")
    if everything:
        files.remove(settings.build_db)
        files.remove(settings.build_db.with_name(settings.build_db.name + ".wal"))


def write_raw(connection: duckdb.DuckDBPyConnection, settings: Settings, ledger: Ledger) -> None:
    """Write everything that models read as sources: raw relations, what was kept of former publications, rules."""
    create_raw_relations(connection, settings, ledger)
    create_kept(connection, RAW_SCHEMA, settings)
    create_run_outcomes(connection, RAW_SCHEMA, settings)
    create_alert_deliveries(connection, RAW_SCHEMA, settings)
    load_rules(connection, settings)


def _prepare(settings: Settings, ledger: Ledger) -> None:
    """Write the raw relations and the rules into the build database."""
    try:
        with duckdb.connect(str(settings.build_db)) as con:
            con.execute(f"set memory_limit = {literal(settings.memory_limit)}")
            write_raw(con, settings, ledger)
            analysis.create_empty(DuckDBWarehouse(con))
    except (duckdb.Error, OSError) as error:
        cause = first_line(error)
        if files.is_disk_full(error):
            cause = f"no space is left on its disk ({cause}); free some and run again"
        raise FinopsError(
            f"The build database {settings.build_db} cannot be written: {cause}. If another program has it open, close "
            "it there; readers should open the published file. Nothing was published."
        ) from error


def checks_of(settings: Settings, nodes: list[DbtNode]) -> list[CheckResult]:
    """Turn the tests that ran into checks: how many rows, how much money, the SQL that shows them."""
    tests = [node for node in nodes if node.resource_type == "test" and node.status != "skipped"]
    if not any(node.status != "pass" for node in tests):
        return [_check(None, node) for node in tests]
    with duckdb.connect(str(settings.build_db), read_only=True) as con:
        return [_check(con, node) for node in tests]


def _check(con: duckdb.DuckDBPyConnection | None, node: DbtNode) -> CheckResult:
    rows, money, said, subject = node.failures or 0, None, "", "build"
    if con is not None and node.sql and node.status != "pass":
        # Where the model that it tests does not exist, what dbt said stands.
        with contextlib.suppress(duckdb.Error):
            rows, money = rows_and_money(con, node.sql)
            said = _said(con, node.sql)
            subject = _sources(con, node.sql) or subject
    return CheckResult(
        name=node.name,
        title=node.description or node.name.replace("_", " "),
        subject=subject,
        severity="critical" if node.is_broken else "warning",
        passed=node.status == "pass",
        failing_rows=rows,
        money=money,
        look=None if node.status == "pass" else node.compiled_path,
        message=said if node.status == "pass" or node.failures else node.message,
    )


def _sources(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Name the sources whose rows fail, where the test tells them."""
    if "source_name" not in {row[0] for row in con.execute(f"describe {sql}").fetchall()}:
        return ""
    rows = con.execute(f"select distinct source_name from ({sql}) where source_name is not null order by 1").fetchall()
    return ", ".join(name for (name,) in rows)


def _said(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Give what the rows of a test say themselves: words of theirs (`finding`), or which columns lack a value."""
    if "missing_columns" not in sql:
        return findings(con, sql, _NAMED)
    [(names,)] = con.execute(f"select string_agg(distinct missing_columns, '') from ({sql})").fetchall()
    return f"Empty: {', '.join(sorted(set(names.split())))}." if names.strip() else ""


def _explain(settings: Settings, result: BuildResult) -> str:
    """Say in one paragraph what failed and where to look."""
    outcome, log = result.outcome, settings.logs_dir / "dbt.log"
    if outcome.error:
        return f"dbt could not build: {outcome.error} Nothing was published; the whole log is {log}."
    broken = [node for node in outcome.failed if node.resource_type not in ("test", "unit_test")]
    if broken:
        first = broken[0]
        if files.is_disk_full(RuntimeError(first.message)):
            return (
                f"The build stopped because no space is left on the disk of {settings.build_dir}; free some and run "
                "again. Nothing was published."
            )
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return (
            f"The build failed in {first.name}{more}: {first.message} Nothing was published; the SQL is "
            f"{first.compiled_path or 'in the log'}, the whole log {log}."
        )
    failed = [check for check in result.checks if check.blocks]
    words = [_finding(check) for check in failed[:_NAMED]]
    more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    count = "One check" if len(failed) == 1 else f"{len(failed)} checks"
    return (
        f"{count} of the build failed, so nothing was published: {'; '.join(words)}{more}. Run the query on "
        f"{settings.build_db}; readers still see the former publication."
    )


def _finding(check: CheckResult) -> str:
    """Say what one test found: how many rows, how much money, where to look."""
    if not check.failing_rows:
        return f"{check.name} could not be run: {check.message} (its query is {check.look})"
    size = counted(check.failing_rows, "row")
    money, missing = f" with {check.money}" if check.money else "", f" {check.message}" if check.message else ""
    return f"{check.name} found {size}{money}.{missing} Look with the query {check.look}"
