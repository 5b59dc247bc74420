"""What is odd in a delivery of facts and taken all the same: a warning names the first row and says how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.formats.currencies import CURRENCIES
from orchestration.landing.engine import identifier, text_list
from orchestration.landing.facts.raw_files import FILE, ROW
from orchestration.landing.facts.read import TABLE
from orchestration.landing.facts.rows import BESIDE, PLACE, VALUES, Rows, about, names_sql, row_name
from orchestration.words import plain

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats.fact_base import FactFormat, Jump, Steady


def oddities(connection: duckdb.DuckDBPyConnection, fmt: FactFormat) -> list[str]:
    """Return the warnings about rows that `check_rows` has let pass."""
    odd = _Oddities(connection, fmt)
    found = odd.virtual_currencies()
    if fmt.jump:
        found += odd.jumps(fmt.jump)
    if fmt.steady:
        found += odd.gaps(fmt.steady) + odd.both_grains(fmt.steady)
    return found


class _Oddities(Rows):
    """Each method gives no warning, or one about the first row and how many more there are."""

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

    def jumps(self, jump: Jump) -> list[str]:
        """Name the first value that is far from the one before it, as after a slip of the decimal point."""
        column, order = identifier(jump.column), identifier(jump.order)
        row = self.first(f"""
            select *, count(*) over () as times from (
                select *, lag({column}) over (partition by {names_sql(jump.key)} order by {order}) as former
                from {VALUES}
            ) where {column} > {jump.factor} * former or {column} * {jump.factor} < former order by {PLACE} limit 1
        """)
        if row is None:
            return []
        now, former = plain(row[jump.column]), plain(row["former"])
        words = f"{jump.column} is {now} for {about(row, jump.key)}, after {former}; it is used as it stands."
        return [f"{_here(row)}, {words}"]

    def gaps(self, steady: Steady) -> list[str]:
        """Name the first row before which days or months are missing; a quarterly metric comes every third month."""
        grain, start = identifier(steady.grain), identifier(steady.start)
        series = f"partition by {names_sql(steady.key)}, {grain}"
        row = self.first(f"""
            with steps as (
                select *, lag({start}) over ({series} order by {start}) as former,
                    date_diff({grain}, former, {start}) as step
                from {BESIDE}
            )
            select *, count(*) over () as times
            from (select *, mode(step) over ({series}) as usual from steps)
            where is_new and step > usual order by {PLACE} limit 1
        """)
        if row is None:
            return []
        usual = f"though the usual step is {row['usual']} {row[steady.grain]}"
        words = f"{about(row, steady.key)} goes on at {row[steady.start]} after {row['former']}, {usual}"
        days = "a month of which days are missing is marked as not whole"
        return [f"{_here(row)}, {words}; {days if row[steady.grain] == 'day' else 'what lies between has no value'}."]

    def both_grains(self, steady: Steady) -> list[str]:
        """Name the first day whose month is delivered too."""
        grain, start = identifier(steady.grain), identifier(steady.start)
        same = " and ".join(f"days.{name} is not distinct from months.{name}" for name in map(identifier, steady.key))
        row = self.first(f"""
            select days.*, count(*) over () as times
            from {BESIDE} as days semi join (select * from {BESIDE} where {grain} = 'month') as months
                on {same} and date_trunc('month', days.{start}) = months.{start}
            where days.{grain} = 'day' and days.is_new order by {PLACE} limit 1
        """)
        if row is None:
            return []
        words = f"{about(row, steady.key)} has a value for the day {row[steady.start]} and one for its month"
        return [f"{_here(row)}, {words}; where a month is asked for, that of the month counts."]


def _here(row: dict[str, Any]) -> str:
    more = f" (as in {row['times'] - 1} more)" if row["times"] > 1 else ""
    return f"In file '{row[FILE]}', {row_name(row[FILE], row[ROW])}{more}"
