"""One scan over the few columns that say what a delivery is: lines, money, months, discount mode, missing keys.

The counts are kept in the ledger and judged at the front door; only what makes a delivery impossible to place or to
add up is refused here (no number, no date, no month, no currency, another month than the layout says).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.errors import DeliveryRejected
from orchestration.landing.bad_values import bad_value, too_large_sum
from orchestration.landing.costs import amount_count_sql, cost_sql, net_cost_sql
from orchestration.landing.engine import FILE_NAME, literal, read_lines_of, read_parquet
from orchestration.landing.expressions import EXACT_DIGITS, money_sql, period_month_sql, text_sql, timestamp_sql
from orchestration.landing.records import EXACT, Cost, ServiceCost
from orchestration.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile


_LARGEST = Decimal(10) ** EXACT_DIGITS
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_NET_TOLERANCE = Decimal("0.005")
_NET_ROUNDING = Decimal("0.01")


@dataclass
class MonthProfile:
    """What one delivery holds for one billing month."""

    costs: list[Cost]
    service_costs: list[ServiceCost]
    discount_modes: dict[str, str]
    counts: dict[str, Any]
    """`row_count`, `null_*_count`, `empty_counts`, `currencies`, `first_charge`, `last_charge` (naive UTC, ISO); where
    a dataset is missing, `unexplained` (words) and `unexplained_count`."""
    warnings: list[str]
    """What is odd about the net costs."""

    @property
    def row_count(self) -> int:
        """Lines of this month."""
        return sum(cost.row_count for cost in self.costs)


@dataclass
class Profile:
    """What one delivery holds: by month, and for each file its lines and months."""

    months: dict[date, MonthProfile]
    file_rows: dict[str, int] = field(default_factory=dict)
    file_months: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    odd: list[str] = field(default_factory=list)
    """What is odd about all of it, in paragraphs that name the source."""


@dataclass(frozen=True)
class _Group:
    """One row of the scan."""

    file: str
    dataset: str
    month: date | None
    account: str | None
    currency: str | None
    service: str | None
    is_discount: bool
    row_count: int
    delivered_cost: Decimal
    raw_cost: Decimal
    amount_count: int
    """How many amounts the cost is made of: one per line, unless lines have addends."""
    bad_cost_count: int
    net_count: int
    net_cost: Decimal
    """Sum of the net costs, of the gross cost where a line has no net cost."""
    nonzero_count: int
    nonzero_net_count: int
    bad_charge_count: int
    first_charge: datetime | None
    last_charge: datetime | None
    committed_count: int
    """Lines that belong to a commitment; 0 where the format does not say."""
    empty_counts: tuple[int, ...]
    """As many as `_must_be_filled` lists."""


def profile(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], layout_month: date | None, where: str
) -> Profile:
    """Scan the files; `layout_month` is the month that the layout names, None where the rows tell."""
    try:
        groups = _scan(connection, fmt, files, net=False)
    except duckdb.OutOfRangeException:  # a sum that has no place
        raise too_large_sum(connection, fmt, schema_groups(files), where) from None
    by_path = {str(file.path): file for file in files}
    for group in groups:
        _refuse(connection, fmt, by_path[group.file], group, layout_month, where)
    if fmt.is_bill:
        _refuse_without_currency(fmt, files, groups, where)
    result = Profile({}, {str(file.path): 0 for file in files})
    by_month: dict[date, list[_Group]] = {layout_month: []} if layout_month else {}
    for group in groups:
        result.file_rows[group.file] += group.row_count
        result.file_months[group.file].add(group.month)
        by_month.setdefault(group.month, []).append(group)
    if any(abs(cost.delivered_cost) >= _LARGEST for rows in by_month.values() for cost in _costs(rows)):
        raise too_large_sum(connection, fmt, schema_groups(files), where)
    result.odd = list(_rounded_accounts(fmt, groups, where))
    warnings: dict[date, list[str]] = {month: [] for month in by_month}
    modes = {month: _discount_modes(fmt, files, rows, warnings[month]) for month, rows in by_month.items()}
    if any(mode == "net" for payers in modes.values() for mode in payers.values()):
        by_month = _with_net_cost(by_month, _scan(connection, fmt, files, net=True), modes)
    for month, rows in sorted(by_month.items()):
        result.months[month] = MonthProfile(
            _costs(rows), _service_costs(_billed(fmt, rows)), modes[month], _counts(fmt, rows), warnings[month]
        )
        unexplained = _unexplained(fmt, rows)
        if unexplained:
            warnings[month].append(unexplained)
            result.months[month].counts["unexplained"] = unexplained
            result.months[month].counts["unexplained_count"] = sum(row.committed_count for row in rows)
    return result


def _scan(connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], *, net: bool) -> list[_Group]:
    if not files:
        return []
    query = " union all ".join(_select(fmt, group, net=net) for group in schema_groups(files))
    empty = [f"count(*) filter (where empty_{number})" for number in range(len(_must_be_filled(fmt)))]
    query = f"""
        select
            filename, dataset, month, account, currency, service, is_discount, count(*) as row_count,
            coalesce(sum(exact_cost), 0) as long_cost,
            coalesce(sum(case when is_short then raw_cost end), 0) as short_cost,
            coalesce(sum(raw_cost), 0) as raw_cost,
            cast(sum(amount_count) as bigint) as amount_count,
            count(cost) - count(case when is_short then raw_cost else exact_cost end) as bad_cost_count,
            count(net) as net_count,
            coalesce(sum(net_cost), 0) as net_cost,
            count(*) filter (where gross_cost <> 0) as nonzero_count,
            count(net) filter (where gross_cost <> 0) as nonzero_net_count,
            count(charge) - count(charge_start) as bad_charge_count,
            min(charge_start) as first_charge,
            max(charge_start) as last_charge,
            count(*) filter (where is_committed) as committed_count,
            {", ".join(empty)}
        from ({query})
        group by all
    """
    rows = connection.execute(query).fetchall()
    end = -len(empty)
    return [_Group(*row[:8], EXACT.add(row[8], row[9]), *row[10:end], row[end:]) for row in rows]


def _must_be_filled(fmt: Format) -> list[tuple[str | None, str]]:
    """List the columns that no line may leave empty: (line type, None for all; column)."""
    return [*((None, column) for column in fmt.always_filled), *fmt.filled_for]


def _is_empty_sql(fmt: Format, file: TakenFile, line_type: str | None, column: str) -> str:
    """Tell a line that lacks a value it must have; in a column of money, what is no number counts as empty."""
    value, physical = file.read(column).sql, file.read(column).type
    if value == "null":
        is_empty = "true"
    elif fmt.by_name[column].kind == "decimal" and column != fmt.cost_column:
        is_empty = f"{money_sql(value, physical)} is null"
    else:
        is_empty = f"{text_sql(value, physical) if fmt.by_name[column].kind == 'text' else value} is null"
    if line_type is None:
        return is_empty
    return f"coalesce({text_of(file, fmt.line_type_column)} = '{line_type}', false) and {is_empty}"


def schema_groups(files: list[TakenFile]) -> list[list[TakenFile]]:
    """Put files together that have the same columns of the same types, and belong to the same dataset."""
    groups: dict[tuple[object, ...], list[TakenFile]] = defaultdict(list)
    for file in files:
        groups[file.dataset, *file.types.items()].append(file)
    return list(groups.values())


def month_of(fmt: Format, file: TakenFile) -> str:
    """Read the billing month of a line from the start of its billing period."""
    period = file.read(fmt.period_column)
    return period_month_sql(fmt, period.sql, period.type)


def time_sql(file: TakenFile, column: str) -> str:
    """Read a column of time."""
    value = file.read(column)
    return timestamp_sql(value.sql, value.type)


def is_committed_sql(fmt: Format, file: TakenFile) -> str:
    """Tell a line that belongs to a commitment."""
    signs = [f"{text_of(file, name)} is not null" for name in fmt.commitment_columns]
    for name, values in fmt.commitment_values.items():
        listed = ", ".join(map(literal, values))
        signs.append(f"coalesce(lower(replace({text_of(file, name)}, ' ', '')) in ({listed}), false)")
    return f"({' or '.join(signs) or 'false'})"


def _select(fmt: Format, group: list[TakenFile], *, net: bool) -> str:
    file = group[0]
    gross, with_net = cost_sql(fmt, file), net_cost_sql(fmt, file)
    cost = with_net if net else gross
    line_type = text_of(file, fmt.line_type_column)
    empty = [f"{_is_empty_sql(fmt, file, *must)} as empty_{number}" for number, must in enumerate(_must_be_filled(fmt))]
    # The exact text of a double is dear: it is made only where the rounded cost is not the same number.
    return f"""
        select
            {FILE_NAME}, {literal(file.dataset)} as dataset, {month_of(fmt, file)} as month,
            {text_of(file, fmt.account_column)} as account,
            {currency_sql(fmt, file)} as currency, {text_of(file, fmt.service_column)} as service,
            coalesce({line_type} like '%Discount', false) as is_discount,
            {cost.delivered} as cost, case when {cost.is_short} then null else {cost.exact} end as exact_cost,
            {cost.rounded} as raw_cost, {cost.is_short} as is_short, {amount_count_sql(fmt, file)} as amount_count,
            {file.read(fmt.net_cost_column).sql} as net,
            {gross.rounded} as gross_cost, {with_net.rounded} as net_cost,
            {file.read(fmt.charge_column).sql} as charge, {time_sql(file, fmt.charge_column)} as charge_start,
            {is_committed_sql(fmt, file)} as is_committed, {", ".join(empty)}
        from {read_lines_of(item.path for item in group)}
    """


def currency_sql(fmt: Format, file: TakenFile) -> str:
    """Read the currency of a line; estimates may be without one, which is then empty."""
    currency = text_of(file, fmt.currency_column)
    return currency if fmt.is_bill else f"coalesce({currency}, '')"


def text_of(file: TakenFile, column: str | None) -> str:
    """Read a column as text; null where the file lacks it."""
    value = file.read(column)
    return "cast(null as varchar)" if value.sql == "null" else text_sql(value.sql, value.type)


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    fmt: Format,
    file: TakenFile,
    group: _Group,
    layout_month: date | None,
    where: str,
) -> None:
    """Reject what cannot be placed in a month or added up."""
    if group.bad_cost_count:
        cost = cost_sql(fmt, file)
        is_addend = fmt.addends_column and not _has(connection, file, _is_no_number(file, fmt.cost_column))
        guilty = fmt.addends_column if is_addend else fmt.cost_column
        bad = f"{cost.delivered} is not null and {cost.exact} is null"
        raise bad_value(connection, file, guilty, file.read(guilty).sql, bad, None, where)
    if group.month is None:
        period = file.read(fmt.period_column).sql
        raise bad_value(connection, file, fmt.period_column, period, f"{month_of(fmt, file)} is null", "a date", where)
    if group.bad_charge_count:
        charge = file.read(fmt.charge_column).sql
        bad = f"{charge} is not null and {time_sql(file, fmt.charge_column)} is null"
        raise bad_value(connection, file, fmt.charge_column, charge, bad, "a date", where)
    for (_, column), count in zip(_must_be_filled(fmt), group.empty_counts, strict=True):
        value = file.read(column)
        if count and fmt.by_name[column].kind == "decimal" and value.sql != "null":
            bad = _is_no_number(file, column)
            if _has(connection, file, bad):
                raise bad_value(connection, file, column, value.sql, bad, None, where)
    if layout_month and group.month != layout_month:
        raise DeliveryRejected(
            f"{where}: the file '{file.origin}' lies in the folder of {layout_month:%Y-%m}, but {group.row_count} of "
            f"its lines are of billing month {group.month:%Y-%m} ({fmt.period_column}); put the file where it belongs "
            "or export the month again.",
            file=file.origin,
        )


def _is_no_number(file: TakenFile, column: str) -> str:
    """Tell a value of a column of money that is no number."""
    value = file.read(column)
    return f"{value.sql} is not null and {money_sql(value.sql, value.type)} is null"


def _has(connection: duckdb.DuckDBPyConnection, file: TakenFile, condition: str) -> bool:
    query = f"select count(*) from {read_parquet([file.path])} where {condition}"
    return connection.execute(query).fetchone() != (0,)


def _refuse_without_currency(fmt: Format, files: list[TakenFile], groups: list[_Group], where: str) -> None:
    without: dict[str, int] = defaultdict(int)
    for row in groups:
        without[row.file] += row.row_count if row.currency is None else 0
    for file in files:
        count = without[str(file.path)]
        if count:
            raise DeliveryRejected(
                f"{where}: in file '{file.origin}', {fmt.currency_column} is empty in {counted(count, 'line')}, whose "
                "cost cannot be added to anything; export the file again.",
                file=file.origin,
            )


def _discount_modes(fmt: Format, files: list[TakenFile], rows: list[_Group], warnings: list[str]) -> dict[str, str]:
    """Decide per payer how discounts are told: see the three modes in `relations.py`.

    Net columns that do not tell the whole month are not used: the payer is then 'gross', and `warnings` says why.
    """
    if fmt.net_cost_column is None:
        return {}
    has_column = any(name in file.match.direct for file in files for name in fmt.discount_columns)
    modes: dict[str, str] = {}
    for payer in sorted({row.account or "" for row in rows}):
        own = [row for row in rows if (row.account or "") == payer]
        has_lines = any(row.is_discount for row in own)
        modes[payer] = "gross"
        if not any(row.net_count for row in own):
            continue
        problem = _net_differs(own) if has_lines else _net_is_sparse(own)
        if problem is None:
            modes[payer] = "net" if has_column and not has_lines else "net_effective"
        else:
            warnings.append(
                f"{fmt.net_cost_column} is not used for payer {payer or '(none)'} (discount mode gross): {problem}. "
                "Effective costs are those before discounts; export the month again with all net columns."
            )
    return modes


def _net_differs(rows: list[_Group]) -> str | None:
    """Say, per currency, where the net costs and the gross costs with the discount lines are not the same money.

    The net costs already contain the discounts, so that the discount lines are left out of their sum. The sums may
    differ by 0.5 % of the discount, for the rounding of each line, but by 0.01 in any case.
    """
    for currency in sorted({row.currency or "" for row in rows}):
        own = [row for row in rows if (row.currency or "") == currency]
        net = sum((row.net_cost for row in own if not row.is_discount), Decimal(0))
        gross = sum((row.raw_cost for row in own), Decimal(0))
        discount = sum((row.raw_cost for row in own if row.is_discount), Decimal(0))
        if abs(net - gross) > max(abs(discount) * _NET_TOLERANCE, _NET_ROUNDING):
            return (
                f"net costs come to {net:.2f} {currency}, but costs with the discount lines of {discount:.2f} "
                f"{currency} to {gross:.2f} {currency}"
            )
    return None


def _net_is_sparse(rows: list[_Group]) -> str | None:
    """Say if fewer than half of the lines that cost something have a net cost."""
    lines, filled = sum(row.nonzero_count for row in rows), sum(row.nonzero_net_count for row in rows)
    return f"only {filled:,} of {counted(lines, 'line')} with a cost have a net cost" if filled * 2 < lines else None


def _with_net_cost(
    gross: dict[date, list[_Group]], net: list[_Group], modes: dict[date, dict[str, str]]
) -> dict[date, list[_Group]]:
    """Take the groups of payers in mode 'net' from the scan of net costs."""
    return {
        month: [row for row in rows if modes[month][row.account or ""] != "net"]
        + [row for row in net if row.month == month and modes[month][row.account or ""] == "net"]
        for month, rows in gross.items()
    }


def _costs(rows: list[_Group]) -> list[Cost]:
    sums: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0), 0])
    for row in rows:
        total = sums[row.dataset, row.currency]
        total[0] += row.row_count
        total[1] = EXACT.add(total[1], row.delivered_cost)
        total[2] = EXACT.add(total[2], row.raw_cost)
        total[3] += row.amount_count
    return [
        Cost(currency, *total[:3], dataset=dataset, amount_count=total[3])
        for (dataset, currency), total in sorted(sums.items())
    ]


def _billed(fmt: Format, rows: list[_Group]) -> list[_Group]:
    """Leave out the datasets that repeat the bill."""
    bill = fmt.bill_dataset({row.dataset for row in rows})
    return [row for row in rows if row.dataset == bill] if fmt.datasets else rows


def _rounded_accounts(fmt: Format, rows: list[_Group], where: str) -> Iterator[str]:
    """Say that a spreadsheet has made rounded numbers of the ids of accounts."""
    for account in sorted({row.account for row in rows if row.account and _ROUNDED.fullmatch(row.account)}):
        yield (
            f"{where}: {fmt.account_column} is '{account}' in some lines, an id that a spreadsheet has taken for a "
            "number and rounded: other accounts may have become the same, and other ids too. Deliver the "
            "file as the provider wrote it."
        )


def _unexplained(fmt: Format, rows: list[_Group]) -> str | None:
    """Say what is not known where lines of commitments come without one of the datasets that explain them."""
    committed, present = sum(row.committed_count for row in rows), {row.dataset for row in rows}
    missing = [dataset.if_missing for dataset in fmt.datasets if dataset.name not in present]
    if not committed or not missing:
        return None
    return (
        f"{counted(committed, 'line belongs', 'lines belong')} to reservations or savings plans, and {missing[0]}. "
        "Export both into the folder of this source."
    )


def _service_costs(rows: list[_Group]) -> list[ServiceCost]:
    sums: dict[tuple[str, str | None], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for row in rows:
        total = sums[row.currency, row.service]
        total[0] += row.row_count
        total[1] = EXACT.add(total[1], row.raw_cost)
    return [
        ServiceCost(currency, service, *total)
        for (currency, service), total in sorted(sums.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def _counts(fmt: Format, rows: list[_Group]) -> dict[str, Any]:
    first = [row.first_charge for row in rows if row.first_charge]
    last = [row.last_charge for row in rows if row.last_charge]
    return {
        "row_count": sum(row.row_count for row in rows),
        "empty_counts": {
            column: sum(row.empty_counts[number] for row in rows)
            for number, (_, column) in enumerate(_must_be_filled(fmt))
        },
        "null_account_count": sum(row.row_count for row in rows if row.account is None),
        "null_service_count": sum(row.row_count for row in rows if row.service is None),
        "currencies": sorted({row.currency for row in rows}),
        "first_charge": min(first).isoformat() if first else None,
        "last_charge": max(last).isoformat() if last else None,
    }
