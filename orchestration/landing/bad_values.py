"""Amounts and dates of a delivery that cannot be used, named by file, row, column and value.

Belongs here: finding the guilty value, and the words for it. Which values are asked for is in `profile.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.costs import cost_sql
from orchestration.landing.engine import FILE_NAME, ROW_NUMBER, literal, read_lines_of, read_rows_of
from orchestration.landing.expressions import EXACT_DIGITS, value_sql
from orchestration.landing.take import is_converted
from orchestration.landing.text_csv import NULL_TEXTS
from orchestration.words import counted, plain, too_large

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.records import Delivery
    from orchestration.landing.take import TakenFile

_NOTHING = (*NULL_TEXTS, "NaN", "nan")
_KINDS = {"decimal": "numbers", "rate": "numbers", "timestamp": "times"}


def bad_value(
    connection: duckdb.DuckDBPyConnection,
    file: TakenFile,
    column: str,
    value: str,
    bad: str,
    day: str | None,
    where: str,
) -> DeliveryRejected:
    """Name the first value for which `bad` holds; `day` says what it should be, None where it should be an amount."""
    row = connection.execute(
        f"select {ROW_NUMBER}, cast({value} as varchar) from {read_rows_of(file.path)} where {bad} limit 1"
    ).fetchone()
    number, text = row or (0, None)
    what = "is empty, so the line belongs to no month" if text is None else f"has the value '{text[:100]}'"
    words = f"is not {day}" if day else too_large(text or "", EXACT_DIGITS) or "is not a number"
    not_a = "" if text is None else f", which {words}"
    return DeliveryRejected(
        f"{where}: in file '{file.origin}', row {number}, column '{column}' {what}{not_a}; export the file again.",
        file=file.origin,
    )


def unreadable_values(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], where: str
) -> list[str]:
    """Tell values of Parquet that are not of the kind of their column and therefore count as unknown.

    Only a column of another type than it should have holds any. Text is refused for them as it becomes Parquet, and
    what must be filled is asked for in `profile.py`.
    """
    told = []
    for file in files:
        for name, kind in _odd_columns(fmt, file).items():
            value = file.read(name)
            text = f"cast({value.sql} as varchar)"
            is_bad = (
                f"trim({text}) not in ({', '.join(map(literal, _NOTHING))}) "
                f"and {value_sql(fmt.by_name[name], value.sql, value.type)} is null"
            )
            count, number, first = connection.execute(
                f"select count(*), min({ROW_NUMBER}), arg_min({text}, {ROW_NUMBER}) "
                f"from {read_rows_of(file.path)} where {is_bad}"
            ).fetchone()
            if count:
                told.append(
                    f"{where}: in file '{file.origin}', {counted(count, 'value')} of column "
                    f"'{file.match.direct[name]}' cannot be read as {kind} (the first, in row {number}, is "
                    f"'{first[:100]}'), so that they count as unknown. Export the file with columns of their own types."
                )
    return told


def _odd_columns(fmt: Format, file: TakenFile) -> dict[str, str]:
    """Find the columns of numbers and times that have texts or truths: name -> what they should have."""
    if is_converted(file.origin):
        return {}
    return {
        name: _KINDS[fmt.by_name[name].kind]
        for name in file.match.direct
        if fmt.by_name[name].kind in _KINDS and file.read(name).type in ("VARCHAR", "BOOLEAN")
    }


def refuse_too_large_bill(deliveries: list[Delivery], counting: list[Delivery], where: str) -> None:
    """Reject what comes on top of deliveries that count already if the bill then has no place any more."""
    for delivery in deliveries:
        for cost in delivery.costs:
            parts = [
                abs(other.delivered_cost)
                for part in counting
                if part.billing_month == delivery.billing_month
                for other in part.costs
                if (other.billing_currency, other.dataset) == (cost.billing_currency, cost.dataset)
            ]
            if parts and sum(parts, abs(cost.delivered_cost)) >= 10**EXACT_DIGITS:
                raise DeliveryRejected(
                    f"{where}: with the {counted(len(parts), 'delivery', 'deliveries')} that it adds to, the bill of "
                    f"{delivery.billing_month:%Y-%m} comes to more than {EXACT_DIGITS} digits before the decimal point "
                    f"({cost.billing_currency}), for which there is no room. If that is a mistake, export the file "
                    "again; else give parts of the bill, such as some of its accounts, sources of their own.",
                    file=delivery.files[0].origin,
                )


def too_large_sum(
    connection: duckdb.DuckDBPyConnection, fmt: Format, groups: list[list[TakenFile]], where: str
) -> DeliveryRejected:
    """Say that amounts which each have a place add up to one that has none; names the largest of them."""
    # Doubles: only a message is made of it.
    lines = " union all ".join(
        f"select {FILE_NAME}, cast({cost.delivered} as varchar) as delivered, cast({cost.rounded} as double) as amount "
        f"from {read_lines_of(file.path for file in group)}"
        for group in groups
        for cost in [cost_sql(fmt, group[0])]
    )
    path, largest, total = connection.execute(
        f"select arg_max(filename, abs(amount)), arg_max(delivered, abs(amount)), sum(abs(amount)) from ({lines})"
    ).fetchone()
    file = next(file for group in groups for file in group if str(file.path) == path)
    return DeliveryRejected(
        f"{where}: the amounts in column '{fmt.cost_column}' come to {total:.1e} (without their signs), which is too "
        f"large: there is room for sums of {EXACT_DIGITS} digits before the decimal point. The largest is "
        f"{plain(Decimal(largest))}, in file '{file.origin}'. If that is a mistake, export the file again; else give "
        "parts of the bill, such as some of its accounts, sources of their own.",
        file=file.origin,
    )
