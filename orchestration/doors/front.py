"""The front door: whether each new delivery is whole, of a known shape, and plausible beside the one before.

Great Expectations looks at one small frame, one row per delivery, made of the profile that a single scan computed;
it never reads a line of a bill. What the delivery says about itself (files, manifest, columns, types) is checked by
the landing while reading. Whatever the back door would refuse because of what was delivered is critical here too:
one bad delivery is then put aside alone instead of holding up everybody's numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.doors import gx
from orchestration.doors.checks import CheckResult
from orchestration.errors import FinopsError
from orchestration.words import counted, percent, plain

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext

    from orchestration.settings import Settings

REQUIRED_FACTS = ("source_name", "billing_month", "delivery_id", "row_count")
_PAGE = "New deliveries"
# Three capitals (ISO 4217), or the name of a virtual currency such as Credits or Tokens (FOCUS 1.2).
_CURRENCY = re.compile(r"[A-Z]{3}|[A-Za-z][A-Za-z0-9 _-]{2,}[A-Za-z0-9_-]")


def _between(name: str, title: str, column: str, severity: str, **limits: float) -> gx.Planned:
    return gx.Planned(name, title, severity, "ExpectColumnValuesToBeBetween", {"column": column, **limits})


# A fact that a profile does not carry is null in the frame, and a null passes.
PLANS = (
    _between("charges_in_period", "Some charge lies in the billing period", "days_in_period", "warning", min_value=1),
    _between("period_of_rows", "No row belongs to another period", "rows_outside_period", "critical", max_value=0),
    _between("currency_present", "Rows name their currency", "currency_count", "critical", min_value=1),
    _between("currency_code", "Currencies are codes or names", "odd_currency_count", "critical", max_value=0),
    _between(
        "accounts_mostly_filled",
        "Fewer than 5 % of the rows lack an account",
        "null_account_share",
        "critical",
        max_value=0.05,
        strict_max=True,
    ),
    _between("accounts_filled", "No row lacks an account", "null_account_share", "warning", max_value=0),
    _between("required_filled", "No row lacks a required value", "empty_value_count", "critical", max_value=0),
    _between("has_rows", "The delivery has rows", "row_count", "warning", min_value=1),
    _between(
        "cost_plausible",
        "The cost per day is between 0.5 and 2 times that of the delivery before",
        "cost_ratio",
        "warning",
        min_value=0.5,
        max_value=2,
    ),
    _between(
        "rows_plausible", "At least 0.7 times the rows of the delivery before", "row_ratio", "warning", min_value=0.7
    ),
    _between("currencies_known", "No currency is new or gone", "currency_changes", "warning", max_value=0),
    _between("negative_share", "At most half of the rows are negative", "negative_share", "warning", max_value=0.5),
    _between(
        "commitments_explained",
        "What commitments were paid and what they cost in use are both known",
        "unexplained_row_count",
        "warning",
        max_value=0,
    ),
    _between("identical_rows", "No two rows are fully identical", "duplicate_row_count", "warning", max_value=0),
)


def check_deliveries(profiles: Sequence[Mapping[str, Any]], settings: Settings) -> list[CheckResult]:
    """Check the profiles of new deliveries; one result per check and delivery, in the order of the profiles.

    A profile has ``source_name``, ``billing_month`` (date or text), ``delivery_id``, ``row_count``, and as far as
    known: ``period_start`` and ``period_end`` (exclusive), ``first_charge_date``, ``last_charge_date``,
    ``rows_outside_period``, ``null_account_count``, ``empty_rows`` {required column: rows},
    ``cost`` and ``previous_cost`` {currency: amount}, ``previous_last_charge_date``,
    ``bill_row_count`` and ``previous_row_count``, ``unexplained_row_count`` with ``unexplained`` (words),
    ``negative_row_count``, ``duplicate_row_count``, ``duplicate_cost`` {currency: amount}.
    A failed critical check means that the caller must reject the delivery; a failed warning is reported.
    Nothing to check costs nothing: Great Expectations is not even imported.
    """
    if not profiles:
        return []
    for profile in profiles:
        missing = [name for name in REQUIRED_FACTS if profile.get(name) is None]
        if missing:
            raise FinopsError(
                f"The profile of delivery {profile.get('delivery_id')} of source {profile.get('source_name')} lacks "
                f"{', '.join(missing)}; the front door cannot judge it. The landing has to fill these in."
            )
    count = counted(len(profiles), "new delivery", "new deliveries")
    gx.load()
    import pandas as pd  # noqa: PLC0415 - slow; comes with Great Expectations and is needed only here

    frame = pd.DataFrame([facts(profile) for profile in profiles], dtype="float64")
    context = gx.new_context()
    outcomes = gx.run(
        context,
        door="front_door",
        run_name=count,
        batches=[gx.Batch(_PAGE, _define, list(PLANS))],
        frame=frame,
    )
    results = _results(outcomes, profiles, frame)
    from orchestration.doors import docs  # noqa: PLC0415 - imports Great Expectations

    docs.build(context, settings.docs_dir, docs.FRONT, f"of {count}", results)
    return results


def facts(profile: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the row of the frame for one delivery: counts, shares and ratios, None where unknown.

    Money never enters the frame, only ratios worked out in decimal before they become floats.
    """
    rows = int(profile["row_count"])
    first, last = _day(profile.get("first_charge_date")), _day(profile.get("last_charge_date"))
    start, end = _day(profile.get("period_start")), _day(profile.get("period_end"))
    known = None not in (first, last, start, end)
    inside = (min(last, end - timedelta(days=1)) - max(first, start)).days + 1 if known else None
    cost, before = profile.get("cost"), profile.get("previous_cost")
    # an open month grows from refresh to refresh; what should stay alike is the cost per day that it covers
    days, days_before = _covered_days(profile, "last_charge_date"), _covered_days(profile, "previous_last_charge_date")
    growth = days / days_before if days and days_before else 1.0
    accounts, empty = profile.get("null_account_count"), profile.get("empty_rows")
    return {
        "row_count": rows,
        "days_in_period": inside,
        "rows_outside_period": profile.get("rows_outside_period"),
        "currency_count": len([code for code in cost if code]) if cost is not None and rows else None,
        "odd_currency_count": sum(not _CURRENCY.fullmatch(str(code)) for code in cost) if cost else None,
        "null_account_share": accounts / rows if rows and accounts is not None else None,
        "empty_value_count": max(empty.values(), default=0) if empty is not None else None,
        "cost_ratio": _worst_ratio(cost, before, growth) if cost and before else None,
        "row_ratio": (profile.get("bill_row_count") or rows) / profile["previous_row_count"]
        if profile.get("previous_row_count")
        else None,
        "currency_changes": len(set(cost) ^ set(before)) if cost and before else None,
        "negative_share": profile["negative_row_count"] / rows if rows and profile.get("negative_row_count") else None,
        "unexplained_row_count": profile.get("unexplained_row_count"),
        "duplicate_row_count": profile.get("duplicate_row_count"),
    }


def _covered_days(profile: Mapping[str, Any], last: str) -> int | None:
    """Return how many days of the period a delivery covers by its last charge; None where that is not known."""
    day, start, end = _day(profile.get(last)), _day(profile.get("period_start")), _day(profile.get("period_end"))
    if day is None or start is None or end is None:
        return None
    return max((min(day, end - timedelta(days=1)) - start).days + 1, 1)


def _worst_ratio(cost: Mapping[str, Any], before: Mapping[str, Any], growth: float) -> float | None:
    """Return, of the currencies in both deliveries, the ratio per covered day that is farthest from one."""
    pairs = [(Decimal(str(cost[code])), Decimal(str(before[code]))) for code in cost if code in before]
    ratios = [float(now / then) / growth for now, then in pairs if then > 0]
    return max(ratios, key=lambda ratio: max(ratio, 1 / ratio) if ratio > 0 else float("inf"), default=None)


def _day(value: object) -> date | None:
    """Return the date of a date, a timestamp or ISO text."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _define(context: EphemeralDataContext) -> BatchDefinition:
    source = context.data_sources.add_pandas("deliveries")
    return source.add_dataframe_asset(_PAGE).add_batch_definition_whole_dataframe("all")


def _results(
    outcomes: Sequence[gx.Outcome], profiles: Sequence[Mapping[str, Any]], frame: pd.DataFrame
) -> list[CheckResult]:
    """Turn outcomes over the frame into one result per delivery and check."""
    results = []
    for position, profile in enumerate(profiles):
        month = str(profile["billing_month"])[:7]
        for outcome in outcomes:
            passed = outcome.passed or position not in _guilty(outcome, len(profiles))
            column = outcome.plan.arguments["column"]
            results.append(
                CheckResult(
                    name=outcome.plan.name,
                    title=outcome.plan.title,
                    subject=f"{profile['source_name']} {month}",
                    severity=outcome.plan.severity,
                    passed=passed,
                    failing_rows=0 if passed else _failing_rows(column, profile),
                    money=None if passed else _money(profile, column),
                    message="" if passed else outcome.problem or _observed(column, profile, frame[column][position]),
                    source_name=str(profile["source_name"]),
                    billing_month=month,
                    delivery_id=str(profile["delivery_id"]),
                )
            )
    return results


def _guilty(outcome: gx.Outcome, count: int) -> set[int]:
    """Return the positions that failed; all of them where the check could not be evaluated."""
    positions = outcome.result.get("unexpected_index_list")
    return set(range(count)) if positions is None else set(positions)


def _failing_rows(column: str, profile: Mapping[str, Any]) -> int:
    """Return how many rows of the delivery are concerned: the counted ones, else all."""
    if column == "empty_value_count":
        return max((profile.get("empty_rows") or {}).values(), default=0)
    counted = {"negative_share": "negative_row_count", "null_account_share": "null_account_count"}.get(column, column)
    if counted.endswith(("_row_count", "rows_outside_period", "null_account_count")):
        return int(profile.get(counted) or 0)
    return int(profile["row_count"])


def _money(profile: Mapping[str, Any], column: str) -> str | None:
    costs = profile.get("duplicate_cost" if column == "duplicate_row_count" else "cost") or {}
    return ", ".join(f"{plain(Decimal(str(amount)))} {code}" for code, amount in sorted(costs.items())) or None


def _observed(column: str, profile: Mapping[str, Any], value: float) -> str:
    """Say what was found, in words."""
    match column:
        case "cost_ratio" | "row_ratio":
            return f"It is {value:.2f} times that of the delivery before."
        case "null_account_share":
            return f"The account is empty in {counted(profile['null_account_count'], 'line')}."
        case "empty_value_count":
            empty = profile["empty_rows"].items()
            return " ".join(f"{name} is empty in {counted(count, 'line')}." for name, count in empty if count)
        case "negative_share":
            return f"{percent(value)} of the rows are negative."
        case "unexplained_row_count":
            return str(profile["unexplained"])
        case "days_in_period":
            return (
                f"Charges run from {profile['first_charge_date']} to {profile['last_charge_date']}, the period from "
                f"{profile['period_start']} until before {profile['period_end']}."
            )
        case "odd_currency_count":
            odd = ", ".join(f"'{code}'" for code in profile["cost"] if not _CURRENCY.fullmatch(str(code)))
            return f"It is written as {odd}: three capitals as USD, or a longer name, without blanks around it."
        case "currency_count" | "currency_changes":
            return f"Currencies: {', '.join(map(str, profile.get('cost') or {})) or 'none'}."
        case _:
            return f"Found: {value:,.0f}."
