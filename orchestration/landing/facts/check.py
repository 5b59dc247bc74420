"""Whether the rows of a delivery of facts say something that can be used; the first that does not is named.

Cells one by one, then rows, then rows beside each other, also beside those of other sources of the same fact: two
sources may share a fact, but not one row of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.errors import DeliveryRejected
from orchestration.formats.currencies import CURRENCIES
from orchestration.landing.engine import identifier, text_list
from orchestration.landing.facts.expressions import WORDS, typed_columns, unreadable, value_sql
from orchestration.landing.facts.read import FILE, ROW, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from orchestration.formats.fact_base import Agreement, FactColumn, FactFormat, Periods

_VALUES, _BESIDE = "fact_values", "fact_rows"
_PLACE = f"{identifier(FILE)}, {identifier(ROW)}"
_SAME_PLACE = " and ".join(f"cells.{identifier(name)} = found.{identifier(name)}" for name in (FILE, ROW))
_ORDER = f"is_new, {_PLACE}"


def check_rows(connection: duckdb.DuckDBPyConnection, fmt: FactFormat, others: list[str], where: str) -> list[str]:
    """Check what `read_files` read; DeliveryRejected names file, row and column. Gives what is odd but taken.

    `others`: queries of the current rows of other sources of the same fact, with their places.
    """
    check = _Check(connection, fmt, where)
    for column in fmt.columns:
        check.cells(column)
    names = [column.name for column in fmt.columns]
    connection.execute(
        f"create or replace temp view {_VALUES} as select {', '.join(typed_columns(fmt, names))}, {_PLACE} from {TABLE}"
    )
    check.rules()
    beside = [f"select *, true as is_new, cast(null as varchar) as source_name from {_VALUES}"]
    beside += [f"select * exclude (delivery_id), false as is_new from ({query})" for query in others]
    connection.execute(f"create or replace temp view {_BESIDE} as {' union all by name '.join(beside)}")
    check.keys()
    if fmt.periods:
        check.periods(fmt.periods)
    for agreement in fmt.agreements:
        check.agreement(agreement)
    return check.virtual_currencies() + check.jumps()


class _Check:
    """The checks of one delivery; each method raises DeliveryRejected for the first row that breaks it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fmt: FactFormat, where: str) -> None:
        self._connection, self._fmt, self._where = connection, fmt, where

    def cells(self, column: FactColumn) -> None:
        """Every cell of a column is filled where it must be, can be read, and is one of the values allowed."""
        cell = identifier(column.name)
        if column.required:
            self._refuse_first(f"{cell} is null", column.name, "is empty; every row needs one")
        if column.kind in WORDS:
            bad = f"{cell} is not null and {value_sql(column, cell)} is null"
            self._refuse_first(bad, column.name, lambda text: unreadable(column.kind, text))
        if column.values:
            bad = f"{cell} not in ({text_list(column.values)[1:-1]})"
            self._refuse_first(bad, column.name, f"must be one of: {', '.join(column.values)}")

    def rules(self) -> None:
        """No row says what the format forbids."""
        for rule in self._fmt.rules:
            self._refuse_first(rule.broken, rule.column, rule.sentence, relation=_VALUES)

    def keys(self) -> None:
        """No two rows are about the same thing."""
        key = self._names(self._fmt.key)
        if not self._first(f"select 1 from {_BESIDE} group by hash({key}) having count(*) > 1 limit 1"):
            return  # by far the most, and many times faster than to compare the keys themselves
        same = f"over (partition by {key} order by {_ORDER})"
        row = self._first(f"""
            select {_PLACE}, {key}, first_value({identifier(FILE)}) {same} as first_file,
                first_value({identifier(ROW)}) {same} as first_row, first_value(source_name) {same} as first_source
            from {_BESIDE} qualify is_new and row_number() {same} > 1 order by {_PLACE} limit 1
        """)
        if row:
            first = _place(row["first_file"], row["first_row"], row[FILE], row["first_source"])
            raise self._rejected(
                row, f" repeats {first}: both are about {self._about(row, self._fmt.key)}; keep one of them."
            )

    def periods(self, periods: Periods) -> None:
        """No two rows with the same key hold at the same time, and none leaves a gap where none may be."""
        start = f"coalesce({identifier(periods.start)}, date '1900-01-01')"
        end = f"coalesce({identifier(periods.end)}, date '9999-12-31')"
        bad = self._first(f"select {_PLACE}, {start} as start, {end} as stop from {_VALUES} where {end} <= {start}")
        if bad:
            words = f": {periods.end} {bad['stop']} is not after {periods.start} {bad['start']}"
            raise self._rejected(bad, f"{words} ({periods.end} is exclusive).")
        key = f"partition by {self._names(periods.key)}" if periods.key else ""
        before = f"over ({key} order by {start}, {_ORDER})"
        apart = "<" if periods.gaps_allowed else "<>"
        shown = "".join(f"{identifier(name)}, " for name in periods.key)
        row = self._first(f"""
            select {shown}{_PLACE}, {start} as start, {end} as stop, is_new, source_name,
                lag({identifier(FILE)}) {before} as file, lag({identifier(ROW)}) {before} as number,
                lag(source_name) {before} as source, lag({start}) {before} as former_start,
                lag({end}) {before} as former_stop
            from {_BESIDE} qualify start {apart} former_stop order by start, {_PLACE} limit 1
        """)
        if row is None:
            return
        about = f": both are about {self._about(row, periods.key)}" if periods.key else ""
        is_gap, span = row["start"] > row["former_stop"], f" ({row['start']} to {row['stop']})"
        former_span = f" ({row['former_start']} to {row['former_stop']})"
        if not row["is_new"]:  # the new row is the earlier of the two
            row[FILE], row["file"], row[ROW], row["number"] = row["file"], row[FILE], row["number"], row[ROW]
            row["source"], span, former_span = row["source_name"], former_span, span
        other = _place(row["file"], row["number"], row[FILE], row["source"]) + former_span
        if is_gap:
            words = f"{span} leaves a gap in time beside {other}; let each begin on the day on which"
            raise self._rejected(row, f"{words} the one before it ends ({periods.end} is exclusive).")
        words = f"{span} overlaps in time with {other}{about}; let the earlier one end on the day on which"
        raise self._rejected(row, f"{words} the later one begins ({periods.end} is exclusive).")

    def agreement(self, agreement: Agreement) -> None:
        """Rows about the same thing do not contradict each other."""
        column = identifier(agreement.column)
        same = f"over (partition by {identifier(agreement.key)} order by {_ORDER})"
        row = self._first(f"""
            select {_PLACE}, {identifier(agreement.key)}, {column}, first_value({column}) {same} as first_value,
                first_value({identifier(FILE)}) {same} as first_file,
                first_value({identifier(ROW)}) {same} as first_row, first_value(source_name) {same} as first_source
            from {_BESIDE} qualify is_new and {column} is distinct from first_value order by {_PLACE} limit 1
        """)
        if row:
            first = _place(row["first_file"], row["first_row"], row[FILE], row["first_source"])
            raise self._rejected(
                row,
                f" has {agreement.column} '{row[agreement.column]}' for {agreement.key} '{row[agreement.key]}', and "
                f"{first} has '{row['first_value']}'; one of them is wrong.",
            )

    def virtual_currencies(self) -> list[str]:
        """Name the currencies that are taken for virtual ones, where these may stand."""
        warnings = []
        for column in self._fmt.columns:
            if column.kind == "any_currency":
                known = text_list(sorted(CURRENCIES))
                query = f"select distinct {identifier(column.name)} from {TABLE} where not list_contains({known}, {{}})"
                codes = self._connection.execute(query.format(identifier(column.name)) + " order by 1").fetchall()
                warnings += [
                    f"'{code}' in {column.name} is no currency code of ISO 4217 and is taken for a virtual currency."
                    for (code,) in codes
                ]
        return warnings

    def jumps(self) -> list[str]:
        """Name the first value that is far from the one before it, as after a slip of the decimal point."""
        jump = self._fmt.jump
        if jump is None:
            return []
        column, order = identifier(jump.column), identifier(jump.order)
        row = self._first(f"""
            select *, count(*) over () as times from (
                select *, lag({column}) over (partition by {self._names(jump.key)} order by {order}) as former
                from {_VALUES}
            ) where {column} > {jump.factor} * former or {column} * {jump.factor} < former order by {_PLACE} limit 1
        """)
        if row is None:
            return []
        more = f" (as in {row['times'] - 1} more)" if row["times"] > 1 else ""
        here = f"In file '{row[FILE]}', {_row(row[FILE], row[ROW])}{more}"
        now, former = f"{row[jump.column].normalize():f}", f"{row['former'].normalize():f}"
        about = self._about(row, jump.key)
        return [f"{here}, {jump.column} is {now} for {about}, after {former}; it is used as it stands."]

    def _refuse_first(self, bad: str, column: str, words: str | Callable[[str], str], relation: str = TABLE) -> None:
        """Refuse the first row, in the order of files and rows, for which `bad` is true."""
        text = f"(select cells.{identifier(column)} from {TABLE} as cells where {_SAME_PLACE})"
        found = self._first(
            f"select {_PLACE}, {text} as value from {relation} as found where {bad} order by {_PLACE} limit 1"
        )
        if found:
            words = words if isinstance(words, str) else words(found["value"])
            value = "the value" if found["value"] is None else f"the value '{found['value'][:100]}'"
            raise DeliveryRejected(
                f"{self._where}: in file '{found[FILE]}', {_row(found[FILE], found[ROW])}, column '{column}', {value} "
                f"{words}; correct the file.",
                file=found[FILE],
            )

    def _rejected(self, row: dict[str, Any], words: str) -> DeliveryRejected:
        return DeliveryRejected(
            f"{self._where}: in file '{row[FILE]}', {_row(row[FILE], row[ROW])}{words}", file=row[FILE]
        )

    def _first(self, query: str) -> dict[str, Any] | None:
        result = self._connection.execute(query)
        names = [column[0] for column in result.description]
        row = result.fetchone()
        return dict(zip(names, row, strict=True)) if row else None

    def _names(self, names: tuple[str, ...]) -> str:
        return ", ".join(identifier(name) for name in names)

    def _about(self, row: dict[str, Any], names: tuple[str, ...]) -> str:
        return ", ".join(str(row[name]) for name in names if row[name] is not None)


def _row(file: str, number: int) -> str:
    """Name a row as the reader of the file finds it: lines of a text, rows of a table."""
    return f"{'row' if file.lower().endswith('.parquet') else 'line'} {number}"


def _place(file: str, number: int, here: str, source: str | None) -> str:
    """Name the other row of two."""
    if source is not None:
        return f"{_row(file, number)} of file '{file}' of source {source}"
    return _row(file, number) if file == here else f"{_row(file, number)} of file '{file}'"
