"""What a delivered line costs, in SQL: exactly as delivered, and rounded as the raw relations have it.

A line's cost is its cost column, plus what its addends are (Google's credits): every delivered amount is read by the
one rule of `expressions.py` and rounded once. Which lines are read, and what their sums mean, is in `profile.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.landing.engine import identifier
from orchestration.landing.expressions import EXACT, MONEY, exact_sql, is_short_sql, list_sql, money_sql
from orchestration.landing.nested import parts_of

if TYPE_CHECKING:
    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile

_AMOUNT = "amount"


@dataclass(frozen=True)
class LineCost:
    """One line's cost as SQL expressions; `is_short`: the rounded cost is the exact one, which then is not needed."""

    delivered: str
    """The cost column as it is in the file."""
    exact: str
    """Null where an amount is no number."""
    rounded: str
    is_short: str


def cost_sql(fmt: Format, file: TakenFile) -> LineCost:
    """Give the cost of a line, its addends included."""
    cost = file.read(fmt.cost_column)
    line = LineCost(
        cost.sql, exact_sql(cost.sql, cost.type), money_sql(cost.sql, cost.type), is_short_sql(cost.sql, cost.type)
    )
    return _with_addends(line, fmt, file)


def net_cost_sql(fmt: Format, file: TakenFile) -> LineCost:
    """Give the net cost of a line where it has one, else its cost."""
    gross = cost_sql(fmt, file)
    if fmt.net_cost_column not in file.match.direct:
        return gross
    net = file.read(fmt.net_cost_column)
    return LineCost(
        gross.delivered,
        f"coalesce({exact_sql(net.sql, net.type)}, {gross.exact})",
        f"coalesce({money_sql(net.sql, net.type)}, {gross.rounded})",
        f"case when {net.sql} is null then {gross.is_short} else {is_short_sql(net.sql, net.type)} end",
    )


def amount_count_sql(fmt: Format, file: TakenFile) -> str:
    """Count the amounts that make up a line's cost: each is rounded by itself."""
    listed = _addends(fmt, file)
    return "1" if listed is None else f"1 + coalesce(len({listed[0]}), 0)"


def _with_addends(line: LineCost, fmt: Format, file: TakenFile) -> LineCost:
    listed = _addends(fmt, file)
    if listed is None:
        return line
    amounts, physical = listed
    # A list that cannot be read at all, or an amount that is no number, must not pass for nothing.
    delivered = file.read(fmt.addends_column).sql
    bad = (
        f"(({amounts}) is null and {delivered} is not null "
        f"or len(list_filter({amounts}, lambda x: x is not null and {exact_sql('x', physical)} is null)) > 0)"
    )
    exact = f"coalesce(list_sum(list_transform({amounts}, lambda x: {exact_sql('x', physical)})), 0)"
    rounded = f"coalesce(list_sum(list_transform({amounts}, lambda x: {money_sql('x', physical)})), 0)"
    is_short = f"coalesce(list_bool_and(list_transform({amounts}, lambda x: {is_short_sql('x', physical)})), true)"
    return LineCost(
        line.delivered,
        f"case when {bad} then null else cast({line.exact} + {exact} as {EXACT}) end",
        f"cast({line.rounded} + {rounded} as {MONEY})",
        f"({line.is_short} and not {bad} and {is_short})",
    )


def _addends(fmt: Format, file: TakenFile) -> tuple[str, str] | None:
    """Give the list of a line's addends as delivered, and the type of one; None where there are none."""
    if fmt.addends_column not in file.match.direct:
        return None
    value = file.read(fmt.addends_column)
    amount = parts_of(value.type).get(_AMOUNT)
    if amount is not None:
        return f"list_transform({value.sql}, lambda item: item.{identifier(amount[0])})", amount[1]
    column = fmt.by_name[fmt.addends_column]
    listed = list_sql(column, value.sql, value.type, lambda _, inner, __: inner)
    return f"list_transform({listed}, lambda item: item.{_AMOUNT})", "VARCHAR"
