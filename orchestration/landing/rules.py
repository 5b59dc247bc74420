"""The rule files: what a company decides, as CSV, checked before anything is built on it.

Each file becomes a table `finops_raw.rule_*`. How rules are applied is the business of the allocation models. An
empty `valid_from` means from the beginning and an empty `valid_to` means for good; `valid_to` is exclusive.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from orchestration import alert_kinds, kpis
from orchestration.errors import FinopsError
from orchestration.formats.currencies import CURRENCIES
from orchestration.formats.fact_base import SCOPE_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.settings import Settings

DIMENSIONS = ("team", "product", "environment", "cost_center")
OPERATORS = ("equals", "starts_with", "contains", "exists")
ATTRIBUTES = ("sub_account_id", "service_name", "region_id", "source_name")
SEVERITIES = ("info", "warning", "critical", "off")
RESIDUAL = "Unallocated"
RATE_BASES = ("charge_date", "invoice_date")
RATE_AGE_DAYS = 7
"""Stands for an empty `max_rate_age_days`: a week bridges weekends and holidays."""
OWN_VALUE = "{value}"
"""As the value of an allocation rule: what the attribute itself says. It stands alone, never inside other text."""
SHARES = ("max_growth_share", "over_tolerance_share", "under_tolerance_share")
"""What a guideline on budgets may decide: growth over the run-rate, and how far off the actual cost may be."""
LONGEST_HOLIDAY = timedelta(days=31)
BEGINNING = date(1900, 1, 1)
"""Stands for an empty `valid_from`."""

Row = dict[str, Any]


@dataclass(frozen=True)
class RuleFile:
    """One kind of rule file: its table, its columns, what makes two of its rows rivals, and its own checks."""

    name: str
    table: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    rival: Callable[[Row], tuple[Any, ...]]
    """Rows that agree in this must not be valid on the same day."""
    check: Callable[[Row], str | None] = lambda _: None
    """Say what is wrong with a row, and what to write instead."""
    optional: tuple[str, ...] = ()
    """Columns that a file may leave out."""


@dataclass(frozen=True)
class _Number:
    """How a column of numbers is written, and what to say of anything else. `default` stands for an empty value."""

    pattern: str
    kind: type[int] | type[Decimal]
    words: str
    default: str | None = None


class _RuleError(FinopsError):
    """A rule file that cannot be used."""

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        place = f"'{path}'" if line is None else f"'{path}', line {line}"
        super().__init__(f"Rule file {place}: {message} Nothing is built until it is corrected.")


def normal_tag_key(key: str) -> str:
    """Write a tag key as the allocation compares it: lower case, without `user:`, and `_` for dash, blank and dot."""
    return re.sub(r"[-. ]", "_", re.sub(r"^user[:_]", "", key.strip().lower()))


def _check_dimension(row: Row) -> str | None:
    if row["dimension"] not in DIMENSIONS:
        return f"unknown dimension '{row['dimension']}'; it must be one of: {', '.join(DIMENSIONS)}."
    return None


def _check_allocation(row: Row) -> str | None:
    attribute, operator, operand = row["attribute"], row["operator"], row["operand"]
    if operator not in OPERATORS:
        return f"unknown operator '{operator}'; it must be one of: {', '.join(OPERATORS)}."
    if attribute not in ATTRIBUTES and not re.fullmatch(r"tag:\S.*", attribute):
        return f"unknown attribute '{attribute}'; it must be `tag:<key>` or one of: {', '.join(ATTRIBUTES)}."
    if operator == "exists" and operand is not None:
        return f"the operator 'exists' takes no operand, but there is '{operand}'; leave it empty."
    if operator != "exists" and operand is None:
        return f"the operator '{operator}' needs an operand to compare with."
    if OWN_VALUE in row["value"] and row["value"] != OWN_VALUE:
        return (
            f"the value '{row['value']}' has {OWN_VALUE} inside other text; write {OWN_VALUE} alone, or a value "
            "without it."
        )
    return _check_dimension(row)


def _check_reporting(row: Row) -> str | None:
    currency, basis = row["reporting_currency"], row["rate_basis"]
    if currency not in CURRENCIES:
        return f"'{currency}' is no currency code of ISO 4217, such as EUR."
    if basis not in RATE_BASES:
        return f"unknown rate_basis '{basis}'; it must be one of: {', '.join(RATE_BASES)}."
    return None


def _check_tolerance(row: Row) -> str | None:
    if row["billing_currency"] not in CURRENCIES:
        return f"'{row['billing_currency']}' is no currency code of ISO 4217, such as EUR."
    return None


def _check_target(row: Row) -> str | None:
    if row["scope_type"] not in kpis.SCOPE_TYPES:
        return f"unknown scope_type '{row['scope_type']}'; it must be one of: {', '.join(kpis.SCOPE_TYPES)}."
    if row["scope_type"] == "company" and row["scope_id"] not in (None, "all"):
        return f"the company has the scope_id 'all', not '{row['scope_id']}'; write all, or leave it empty."
    return kpis.objection(row["kpi_id"], row["variant"], row["scope_type"], row["target"])


def _check_alert(row: Row) -> str | None:
    if row["severity"] is not None and row["severity"] not in SEVERITIES:
        return f"unknown severity '{row['severity']}'; it must be one of: {', '.join(SEVERITIES)}, or empty."
    if row["scope_id"] is not None and row["scope_type"] is None:
        return f"there is a scope_id '{row['scope_id']}' without a scope_type; say what it is, such as team or source."
    return alert_kinds.objection(row)


def _check_guideline(row: Row) -> str | None:
    if row["scope_type"] not in SCOPE_TYPES:
        return f"unknown scope_type '{row['scope_type']}'; it must be one of: {', '.join(SCOPE_TYPES)}."
    if all(row[name] is None for name in SHARES):
        return f"it decides nothing; fill one of: {', '.join(SHARES)}."
    return None


def _check_holiday(row: Row) -> str | None:
    if row["scope_type"] is not None and row["scope_type"] not in SCOPE_TYPES:
        return f"unknown scope_type '{row['scope_type']}'; it must be one of: {', '.join(SCOPE_TYPES)}, or empty."
    if (row["scope_type"] in (None, "company")) != (row["scope_id"] in (None, "all")):
        return "a scope needs scope_type and scope_id; leave both empty where the whole company rests."
    if row["valid_to"] - row["valid_from"] > LONGEST_HOLIDAY:
        return f"it lasts more than {LONGEST_HOLIDAY.days} days; write each holiday with its own dates."
    return None


RULE_FILES = (
    RuleFile(
        "allocation_rules.csv",
        "rule_allocation",
        ("rule_id", "dimension", "priority", "attribute", "operator", "operand", "value", "valid_from", "valid_to"),
        ("rule_id", "dimension", "priority", "attribute", "operator", "value"),
        lambda row: tuple(row[name] for name in ("dimension", "priority", "attribute", "operator", "operand")),
        _check_allocation,
    ),
    RuleFile(
        "tag_keys.csv",
        "rule_tag_keys",
        ("dimension", "tag_key", "priority", "valid_from", "valid_to"),
        ("dimension", "tag_key", "priority"),
        lambda row: (row["dimension"], normal_tag_key(row["tag_key"])),
        _check_dimension,
    ),
    RuleFile(
        "value_aliases.csv",
        "rule_aliases",
        ("dimension", "alias", "value", "valid_from", "valid_to"),
        ("dimension", "alias", "value"),
        lambda row: (row["dimension"], row["alias"].strip().lower()),
        _check_dimension,
    ),
    RuleFile(
        "account_owners.csv",
        "rule_accounts",
        ("sub_account_id", "team", "product", "environment", "cost_center", "valid_from", "valid_to"),
        ("sub_account_id",),
        lambda row: (row["sub_account_id"],),
    ),
    RuleFile(
        "teams.csv",
        "rule_teams",
        ("team", "cost_center", "business_unit", "valid_from", "valid_to"),
        ("team",),
        lambda row: (row["team"],),
        optional=("business_unit",),
    ),
    RuleFile(
        "reporting_currency.csv",
        "rule_reporting_currency",
        ("reporting_currency", "rate_basis", "max_rate_age_days", "valid_from", "valid_to"),
        ("reporting_currency", "rate_basis"),
        lambda _: ("the reporting currency",),
        _check_reporting,
    ),
    RuleFile(
        "invoice_tolerances.csv",
        "rule_tolerances",
        ("billing_currency", "tolerance_cost", "timing_days", "max_tax_share", "valid_from", "valid_to"),
        ("billing_currency", "tolerance_cost"),
        lambda row: (row["billing_currency"],),
        _check_tolerance,
        optional=("timing_days", "max_tax_share"),
    ),
    RuleFile(
        "kpi_targets.csv",
        "rule_kpi_targets",
        ("kpi_id", "variant", "scope_type", "scope_id", "target", "valid_from", "valid_to"),
        ("kpi_id", "variant", "scope_type", "target"),
        lambda row: tuple(row[name] for name in ("kpi_id", "variant", "scope_type", "scope_id")),
        _check_target,
    ),
    RuleFile(
        "alert_rules.csv",
        "rule_alerts",
        (
            *("alert_kind", "scope_type", "scope_id", "threshold_value", "escalation_value", "minimum_cost"),
            *("severity", "refire_days", "channel", "valid_from", "valid_to"),
        ),
        ("alert_kind",),
        lambda row: tuple(row[name] for name in ("alert_kind", "scope_type", "scope_id")),
        _check_alert,
    ),
    RuleFile(
        "alert_acknowledgements.csv",
        "rule_acknowledgements",
        ("alert_id", "acknowledged_by", "note", "valid_from", "valid_to"),
        ("alert_id", "acknowledged_by"),
        lambda row: (row["alert_id"],),
    ),
    RuleFile(
        "budget_guidelines.csv",
        "rule_budget_guidelines",
        ("scope_type", "scope_id", *SHARES, "valid_from", "valid_to"),
        ("scope_type",),
        lambda row: (row["scope_type"], row["scope_id"]),
        _check_guideline,
    ),
    RuleFile(
        "holidays.csv",
        "rule_holidays",
        ("holiday_name", "scope_type", "scope_id", "valid_from", "valid_to"),
        ("holiday_name", "valid_from", "valid_to"),
        lambda row: tuple(row[name] for name in ("holiday_name", "scope_type", "scope_id")),
        _check_holiday,
    ),
)

WATCHING = ("alert_rules.csv", "alert_acknowledgements.csv", "budget_guidelines.csv", "holidays.csv")
"""Files that no stored month depends on: what they change is built anew in every run."""

_NUMBERS = {
    "priority": _Number(r"\d{1,9}", int, "is not a whole number; the lowest wins."),
    "tolerance_cost": _Number(r"\d{1,12}(\.\d{1,9})?", Decimal, "is not an amount such as 0.05."),
    "target": _Number(r"-?\d{1,12}(\.\d{1,9})?", Decimal, "is not a number such as 0.05."),
    **dict.fromkeys(
        (*SHARES, "max_tax_share"),
        _Number(r"\d{1,3}(\.\d{1,9})?", Decimal, "is not a share such as 0.1 for ten percent."),
    ),
    "max_rate_age_days": _Number(r"\d{1,3}", int, "is not a number of days from 0 to 999.", str(RATE_AGE_DAYS)),
}
_NUMBERS |= {
    name: _Number(r"-?\d{1,12}(\.\d{1,9})?", Decimal, "is not a number such as 0.05.")
    for name in ("threshold_value", "escalation_value", "minimum_cost")
}
_NUMBERS |= dict.fromkeys(
    ("refire_days", "timing_days"), _Number(r"\d{1,3}", int, "is not a number of days from 0 to 999.")
)
_TYPES = {name: pa.int64() if number.kind is int else pa.decimal128(38, 9) for name, number in _NUMBERS.items()}
_TYPES |= {"valid_from": pa.date32(), "valid_to": pa.date32()}


def load_rules(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Check the rule files of `settings.rules_dir` and write them as `finops_raw.rule_*`.

    A file that is not there counts as empty. FinopsError names the file and line of the first thing that is wrong.
    """
    rules = read_rules(settings)
    connection.execute("create schema if not exists finops_raw")
    for kind in RULE_FILES:
        schema = pa.schema({name: _TYPES.get(name, pa.string()) for name in kind.columns})
        connection.register("rule_rows", pa.Table.from_pylist(rules[kind.table], schema))
        connection.execute(f"create or replace table finops_raw.{kind.table} as select * from rule_rows")
        connection.unregister("rule_rows")


def read_rules(settings: Settings) -> dict[str, list[Row]]:
    """Read and check the rule files: table name -> rows, each with its `line` in the file."""
    folder = settings.rules_dir
    names = [kind.name for kind in RULE_FILES]
    for path in sorted(folder.glob("*.csv")):
        if path.name not in names:
            raise _RuleError(path, None, f"no rule file has this name; the names are: {', '.join(names)}.")
    rules = {kind.table: _read(folder / kind.name, kind) for kind in RULE_FILES}
    for kind in RULE_FILES:
        _check_rivals(folder / kind.name, kind, rules[kind.table])
    _check_rule_ids(folder / "allocation_rules.csv", rules["rule_allocation"])
    _check_teams(folder, rules)
    return rules


def _read(path: Path, kind: RuleFile) -> list[Row]:
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _RuleError(path, None, "the file is not UTF-8; save it as UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(reader, [])]
    _check_header(path, kind, header)
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise _RuleError(path, reader.line_num, f"there are {len(cells)} values for {len(header)} columns.")
        values = {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}
        rows.append({**_typed(path, kind, values, reader.line_num), "line": reader.line_num})
    return rows


def _check_header(path: Path, kind: RuleFile, header: list[str]) -> None:
    expected = f"the header must be: {','.join(kind.columns)}."
    for name in kind.columns:
        if header.count(name) != 1 and not (name in kind.optional and name not in header):
            fault = "is missing" if name not in header else "is there twice"
            raise _RuleError(path, 1, f"the column '{name}' {fault}; {expected}")
    unknown = [name for name in header if name not in kind.columns]
    if unknown:
        raise _RuleError(path, 1, f"unknown column '{unknown[0]}'; {expected}")


def _typed(path: Path, kind: RuleFile, values: dict[str, str | None], line: int) -> Row:
    """Read the values of one row in their types and check them."""
    row: Row = dict.fromkeys(kind.optional) | values
    for name in kind.required:
        if row[name] is None:
            raise _RuleError(path, line, f"'{name}' is empty; every row needs one.")
    for name, number in _NUMBERS.items():
        if name not in kind.columns:
            continue
        text = row[name] or number.default
        if text is not None and not re.fullmatch(number.pattern, text):
            raise _RuleError(path, line, f"{name} '{text}' {number.words}")
        row[name] = None if text is None else number.kind(text)
    for name in ("valid_from", "valid_to"):
        row[name] = _date(path, line, name, row[name])
    row["valid_from"] = row["valid_from"] or BEGINNING
    if row["valid_to"] is not None and row["valid_to"] <= row["valid_from"]:
        raise _RuleError(
            path,
            line,
            f"valid_to {row['valid_to']} is not after valid_from {row['valid_from']} (valid_to is exclusive).",
        )
    problem = kind.check(row)
    if problem:
        raise _RuleError(path, line, problem)
    return row


def _date(path: Path, line: int, name: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        # Python would also take 20260131 and 2026-W05-6.
        return date.fromisoformat(value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "")
    except ValueError:
        raise _RuleError(path, line, f"{name} '{value}' is not a date; write it as 2026-01-31.") from None


def _check_rivals(path: Path, kind: RuleFile, rows: list[Row]) -> None:
    """Refuse two rows that say something about the same thing on the same day."""
    rivals: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        rivals[kind.rival(row)].append(row)
    for group in rivals.values():
        ordered = sorted(group, key=lambda row: row["valid_from"])
        for earlier, later in pairwise(ordered):
            if earlier["valid_to"] is None or earlier["valid_to"] > later["valid_from"]:
                first, second = sorted((earlier, later), key=lambda row: row["line"])
                what = ", ".join(str(part) for part in kind.rival(second) if part is not None)
                raise _RuleError(
                    path,
                    second["line"],
                    f"it overlaps in time with line {first['line']} (both are about: {what}); end the earlier one with "
                    "valid_to on the day the later one begins.",
                )


def _check_rule_ids(path: Path, rows: list[Row]) -> None:
    lines: dict[str, int] = {}
    for row in rows:
        first = lines.setdefault(row["rule_id"], row["line"])
        if first != row["line"]:
            raise _RuleError(path, row["line"], f"the rule_id '{row['rule_id']}' is used in line {first} already.")


def _check_teams(folder: Path, rules: dict[str, list[Row]]) -> None:
    """With a list of teams, every team that a rule names must be in it."""
    teams = {row["team"] for row in rules["rule_teams"]} | {RESIDUAL}
    if len(teams) == 1:
        return
    named = [
        (kind.name, row["line"], row["team"] if "team" in row else row["value"])
        for kind in RULE_FILES
        if kind.name != "teams.csv"
        for row in rules[kind.table]
        if "team" in row or (row.get("dimension") == "team" and "value" in row)
    ]
    for name, line, team in named:
        if team is not None and team != OWN_VALUE and team not in teams:
            raise _RuleError(folder / name, line, f"unknown team '{team}'; add it to teams.csv or correct the name.")
