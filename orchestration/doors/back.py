"""The back door: whether the numbers about to be shown are fit to be shown.

Great Expectations looks at the staged publication through SQL only (in pandas decimals would become floats). A failed
critical check means that nothing may be published; saying so is the part of ``orchestration.audit``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.doors import gx, planning_checks, publication_checks
from orchestration.doors.checks import AuditResult, CheckResult
from orchestration.doors.findings import findings
from orchestration.doors.money import rows_and_money
from orchestration.doors.publication_checks import LINE_LEVEL, NEVER_EMPTY
from orchestration.landing.engine import identifier, literal

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext

    from orchestration.settings import Settings

CHECKS = (*publication_checks.CHECKS, *planning_checks.CHECKS)
COLUMNS = {**publication_checks.COLUMNS, **planning_checks.COLUMNS}
NEVER_NULL = {**publication_checks.NEVER_NULL, **planning_checks.NEVER_NULL}
_PLACING = (
    *("source_name", "service_provider_name", "billing_month", "posted_month", "period_start", "kpi_id"),
    "empty_columns",
)
_SHOWN = 8
_ADVICE = {(check.relation, check.name): check.advice for check in CHECKS}


def audit_publication(
    database: Path, settings: Settings, con_info: Mapping[str, Any] | None = None, *, publication_id: str = ""
) -> AuditResult:
    """Check the staged publication and write its Data Docs.

    ``database`` is opened read-only, by nobody else in this process; ``con_info`` are DuckDB options for that
    (default: memory and threads of the settings). Takes two to three seconds once Great Expectations is imported.
    """
    begun = time.monotonic()
    config = dict(con_info or {"memory_limit": settings.memory_limit, "threads": settings.threads})
    with duckdb.connect(str(database), read_only=True, config=config) as con:
        existing = {name for (name,) in con.execute("select table_name from information_schema.tables").fetchall()}
    present = [relation for relation in COLUMNS if relation in existing]
    gx.load()
    from orchestration.doors import docs, duckdb_sqlalchemy  # noqa: PLC0415 - slow; the second registers the dialect

    context = gx.new_context()
    source = context.data_sources.add_sql(
        "publication",
        connection_string=f"duckdb+finops:///{database}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True, "config": config}},
    )
    try:
        batches = [gx.Batch(name, partial(_define, source, name), plans(name, publication_id)) for name in present]
        run_name = f"publication {publication_id}".strip()
        outcomes = gx.run(context, "back_door", run_name, batches, result_format="SUMMARY")
    finally:
        source.get_execution_engine().engine.dispose()
        duckdb_sqlalchemy.BufferedConnection.close_all()
    with duckdb.connect(str(database), read_only=True, config=config) as con:
        results = [_missing(relation) for relation in COLUMNS if relation not in existing]
        results += [_result(con, outcome) for outcome in outcomes]
    page = docs.build(context, settings.docs_dir, docs.BACK, run_name, results)
    return AuditResult(publication_id, results, round(time.monotonic() - begun, 2), str(page))


def plans(relation: str, publication_id: str) -> list[gx.Planned]:
    """Return the expectations of one relation, the structural ones first."""
    planned = [
        gx.Planned(
            "columns_present",
            "The columns that readers rely on are there",
            "critical",
            "ExpectTableColumnsToMatchSet",
            {"column_set": [*COLUMNS[relation].split(), "publication_id"], "exact_match": False},
        )
    ]
    if relation in NEVER_EMPTY:
        arguments = {"min_value": 1}
        title = "There are rows"
        planned.append(gx.Planned("not_empty", title, "critical", "ExpectTableRowCountToBeBetween", arguments))
    if filled := NEVER_NULL.get(relation, "").split():
        planned.append(
            _unexpected_rows("filled", "What it cannot do without is never null", "critical", _empty(filled))
        )
    if publication_id and relation != LINE_LEVEL:
        sql = f"select * from {{batch}} where publication_id is distinct from {literal(publication_id)}"
        planned.append(_unexpected_rows("publication_id", "Every row carries this publication's id", "critical", sql))
    planned += [
        _unexpected_rows(check.name, check.title, check.severity, check.sql)
        for check in CHECKS
        if check.relation == relation
    ]
    return planned


def _empty(columns: list[str]) -> str:
    """Return SQL of the rows in which any of these columns is null, with the names of those that are."""
    names = ", ".join(f"case when {column} is null then {literal(column)} end" for column in columns)
    empty = " or ".join(f"{column} is null" for column in columns)
    return f"select *, concat_ws(' ', {names}) as empty_columns from {{batch}} where {empty}"


def _unexpected_rows(name: str, title: str, severity: str, sql: str) -> gx.Planned:
    return gx.Planned(name, title, severity, "UnexpectedRowsExpectation", {"unexpected_rows_query": sql})


def _define(source: Any, name: str, _: EphemeralDataContext) -> BatchDefinition:  # noqa: ANN401 - a library type
    return source.add_table_asset(name, table_name=name).add_batch_definition_whole_table("all")


def _missing(relation: str) -> CheckResult:
    title = "The relation that readers rely on is there"
    return CheckResult("relation_present", title, relation, "critical", passed=False, message="It was not built.")


def _result(con: duckdb.DuckDBPyConnection, outcome: gx.Outcome) -> CheckResult:
    """Say how many rows and how much money a failed expectation concerns, and how to see them."""
    plan = outcome.plan
    rows, money, look, message = 0, None, None, outcome.problem or ""
    if not outcome.passed:
        look = _failing_rows_sql(outcome)
        advice = _ADVICE.get((outcome.subject, plan.name), "")
        if plan.name == "columns_present":
            message = f"Missing: {', '.join(_missing_columns(con, outcome.subject, plan))}."
        elif outcome.problem:
            message = f"It could not be evaluated: {outcome.problem}"
        elif look:
            rows, money = rows_and_money(con, look)
            message = " ".join(filter(None, [findings(con, look, _SHOWN) or _examples(con, look), advice]))
    return CheckResult(
        plan.name, plan.title, outcome.subject, plan.severity, outcome.passed, rows, money, look, message
    )


def _failing_rows_sql(outcome: gx.Outcome) -> str | None:
    """Return SQL that shows the failing rows in the publication's database."""
    arguments, relation = outcome.plan.arguments, identifier(outcome.subject)
    if "unexpected_rows_query" in arguments:
        return arguments["unexpected_rows_query"].replace("{batch}", relation)
    return None


def _missing_columns(con: duckdb.DuckDBPyConnection, relation: str, plan: gx.Planned) -> list[str]:
    there = {row[0] for row in con.execute(f"describe {identifier(relation)}").fetchall()}
    return [name for name in plan.arguments["column_set"] if name not in there]


def _examples(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the first failing row in words, by the columns that place it, and what tells the next ones from it."""
    found = con.execute(f"select * from ({sql}) as failing limit {_SHOWN}")
    names = [column[0] for column in found.description]
    places = [name for name in _PLACING if name in names]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows or not places:
        return ""
    first, *others = rows
    words = ", ".join(f"{name.replace('_', ' ')} {first[name]}" for name in places if first[name] is not None)
    told = [name for name in places if any(row[name] != first[name] for row in others)]
    also = dict.fromkeys(" ".join(str(row[name]) for name in told[:2] if row[name] is not None) for row in others)
    return f"First: {words}." + (f" Also: {', '.join(filter(None, also))}." if told else "")
