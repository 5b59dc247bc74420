"""Whether the rows of a delivery of facts say something that can be used; the first that does not is named.

Cells one by one, then rows, then rows beside each other, also beside those of other sources of the same fact: two
sources may share a fact, but not one row of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import identifier, text_list
from orchestration.landing.facts.expressions import WORDS, typed_columns, unreadable, value_sql
from orchestration.landing.facts.oddities import oddities
from orchestration.landing.facts.raw_files import FILE, ROW
from orchestration.landing.facts.read import TABLE
from orchestration.landing.facts.rows import BESIDE, PLACE, VALUES, Rows, about, names_sql, place, row_name
from orchestration.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from orchestration.formats.fact_base import Agreement, FactColumn, FactFormat, Opposites, Periods

_SAME_PLACE = " and ".join(f"cells.{identifier(name)} = found.{identifier(name)}" for name in (FILE, ROW))
_ORDER = f"is_new, {PLACE}"


def check_rows(connection: duckdb.DuckDBPyConnection, fmt: FactFormat, others: list[str], where: str) -> list[str]:
    """Check what `read_files` read; DeliveryRejected names file, row and column. Gives what is odd but taken.

    `others`: queries of the current rows of other sources of the same fact, with their places.
    """
    check = _Check(connection, fmt, where)
    for column in fmt.columns:
        check.cells(column)
    names = [column.name for column in fmt.columns]
    connection.execute(
        f"create or replace temp view {VALUES} as select {', '.join(typed_columns(fmt, names))}, {PLACE} from {TABLE}"
    )
    check.rules()
    beside = [f"select *, true as is_new, cast(null as varchar) as source_name from {VALUES}"]
    beside += [f"select * exclude (delivery_id), false as is_new from ({query})" for query in others]
    connection.execute(f"create or replace temp view {BESIDE} as {' union all by name '.join(beside)}")
    check.keys()
    if fmt.periods:
        check.periods(fmt.periods)
    for agreement in fmt.agreements:
        check.agreement(agreement)
    if fmt.opposites:
        check.opposites(fmt.opposites)
    return oddities(connection, fmt)


class _Check(Rows):
    """The checks of one delivery; each method raises DeliveryRejected for the first row that breaks it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fmt: FactFormat, where: str) -> None:
        """Check the rows of `fmt` in `connection`; `where` begins every message."""
        super().__init__(connection, fmt)
        self._where = where

    def cells(self, column: FactColumn) -> None:
        """Every cell of a column is filled where it must be, can be read, and is one of the values allowed."""
        cell = identifier(column.name)
        if column.required:
            self._refuse_first(f"{cell} is null", column.name, "is empty; every row needs one")
        if column.kind in WORDS:
            bad = f"{cell} is not null and {value_sql(column, cell)} is null"
            self._refuse_first(bad, column.name, lambda text: unreadable(column.kind, text), by_value=True)
        if column.values:
            bad = f"{cell} not in ({text_list(column.values)[1:-1]})"
            self._refuse_first(bad, column.name, f"must be one of: {', '.join(column.values)}", by_value=True)

    def rules(self) -> None:
        """No row says what the format forbids."""
        for rule in self._fmt.rules:
            self._refuse_first(rule.broken, rule.column, rule.sentence, relation=VALUES)

    def keys(self) -> None:
        """No two rows are about the same thing."""
        key = names_sql(self._fmt.key)
        if not self.first(f"select 1 from {BESIDE} group by hash({key}) having count(*) > 1 limit 1"):
            return  # by far the most, and many times faster than to compare the keys themselves
        same = f"over (partition by {key} order by {_ORDER})"
        row = self.first(f"""
            select {PLACE}, {key}, first_value({identifier(FILE)}) {same} as first_file,
                first_value({identifier(ROW)}) {same} as first_row, first_value(source_name) {same} as first_source
            from {BESIDE} qualify is_new and row_number() {same} > 1 order by {PLACE} limit 1
        """)
        if row:
            first = place(row["first_file"], row["first_row"], row[FILE], row["first_source"])
            raise self._rejected(
                row, f" repeats {first}: both are about {about(row, self._fmt.key)}; keep one of them."
            )

    def periods(self, periods: Periods) -> None:
        """No two rows with the same key hold at the same time, and none leaves a gap where none may be."""
        start = f"coalesce({identifier(periods.start)}, date '1900-01-01')"
        end = f"coalesce({identifier(periods.end)}, date '9999-12-31')"
        bad = self.first(f"select {PLACE}, {start} as start, {end} as stop from {VALUES} where {end} <= {start}")
        if bad:
            words = f": {periods.end} {bad['stop']} is not after {periods.start} {bad['start']}"
            raise self._rejected(bad, f"{words} ({periods.end} is exclusive).")
        key = f"partition by {names_sql(periods.key)}" if periods.key else ""
        before = f"over ({key} order by {start}, {_ORDER})"
        apart = "<" if periods.gaps_allowed else "<>"
        shown = "".join(f"{identifier(name)}, " for name in periods.key)
        row = self.first(f"""
            select {shown}{PLACE}, {start} as start, {end} as stop, is_new, source_name,
                lag({identifier(FILE)}) {before} as file, lag({identifier(ROW)}) {before} as number,
                lag(source_name) {before} as source, lag({start}) {before} as former_start,
                lag({end}) {before} as former_stop
            from {BESIDE} qualify start {apart} former_stop order by start, {PLACE} limit 1
        """)
        if row is None:
            return
        both = f": both are about {about(row, periods.key)}" if periods.key else ""
        is_gap, span = row["start"] > row["former_stop"], f" ({row['start']} to {row['stop']})"
        former_span = f" ({row['former_start']} to {row['former_stop']})"
        if not row["is_new"]:  # the new row is the earlier of the two
            row[FILE], row["file"], row[ROW], row["number"] = row["file"], row[FILE], row["number"], row[ROW]
            row["source"], span, former_span = row["source_name"], former_span, span
        other = place(row["file"], row["number"], row[FILE], row["source"]) + former_span
        if is_gap:
            words = f"{span} leaves a gap in time beside {other}; let each begin on the day on which"
            raise self._rejected(row, f"{words} the one before it ends ({periods.end} is exclusive).")
        words = f"{span} overlaps in time with {other}{both}; let the earlier one end on the day on which"
        raise self._rejected(row, f"{words} the later one begins ({periods.end} is exclusive).")

    def agreement(self, agreement: Agreement) -> None:
        """Rows about the same thing do not contradict each other."""
        column = identifier(agreement.column)
        same = f"over (partition by {identifier(agreement.key)} order by {_ORDER})"
        row = self.first(f"""
            select {PLACE}, {identifier(agreement.key)}, {column}, first_value({column}) {same} as first_value,
                first_value({identifier(FILE)}) {same} as first_file,
                first_value({identifier(ROW)}) {same} as first_row, first_value(source_name) {same} as first_source
            from {BESIDE} qualify is_new and {column} is distinct from first_value order by {PLACE} limit 1
        """)
        if row:
            first = place(row["first_file"], row["first_row"], row[FILE], row["first_source"])
            raise self._rejected(
                row,
                f" has {agreement.column} '{row[agreement.column]}' for {agreement.key} '{row[agreement.key]}', and "
                f"{first} has '{row['first_value']}'; one of them is wrong.",
            )

    def opposites(self, opposites: Opposites) -> None:
        """Two directions of one thing do not contradict each other."""
        column, order = identifier(opposites.column), identifier(opposites.order)
        one, other = (identifier(name) for name in opposites.pair)
        row = self.first(f"""
            select new.*, beside.{column} as turned, beside.{identifier(FILE)} as file,
                beside.{identifier(ROW)} as number, beside.source_name as source
            from {VALUES} as new inner join {BESIDE} as beside
                on new.{order} = beside.{order} and new.{one} = beside.{other} and new.{other} = beside.{one}
            where abs(cast(new.{column} as double) * cast(beside.{column} as double) - 1) > {opposites.tolerance}
            order by new.{identifier(FILE)}, new.{identifier(ROW)} limit 1
        """)
        if row:
            turned = place(row["file"], row["number"], row[FILE], row["source"])
            raise self._rejected(
                row,
                f" has {opposites.column} {plain(row[opposites.column])} for {about(row, opposites.pair)}, and "
                f"{turned} has {plain(row['turned'])} the other way round on {row[opposites.order]}; one of them is "
                "wrong: deliver one direction.",
            )

    def _refuse_first(
        self,
        bad: str,
        column: str,
        words: str | Callable[[str], str],
        relation: str = TABLE,
        *,
        by_value: bool = False,
    ) -> None:
        """Refuse the first row, in the order of files and rows, for which `bad` is true.

        `by_value`: the cell alone decides; values repeat, so that each is judged once.
        """
        judged = f"(select distinct {identifier(column)} from {relation})" if by_value else relation
        if not self.first(f"select 1 from {judged} where {bad} limit 1"):
            return  # by far the most, and many times faster than to look for the row
        text = f"(select cells.{identifier(column)} from {TABLE} as cells where {_SAME_PLACE})"
        found = self.first(
            f"select {PLACE}, {text} as value from {relation} as found where {bad} order by {PLACE} limit 1"
        )
        if found:
            words = words if isinstance(words, str) else words(found["value"])
            value = "the value" if found["value"] is None else f"the value '{found['value'][:100]}'"
            raise DeliveryRejected(
                f"{self._where}: in file '{found[FILE]}', {row_name(found[FILE], found[ROW])}, column '{column}', "
                f"{value} {words}; correct the file.",
                file=found[FILE],
            )

    def _rejected(self, row: dict[str, Any], words: str) -> DeliveryRejected:
        return DeliveryRejected(
            f"{self._where}: in file '{row[FILE]}', {row_name(row[FILE], row[ROW])}{words}", file=row[FILE]
        )
