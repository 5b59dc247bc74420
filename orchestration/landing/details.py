"""Two exports of the same charges, one in more detail than the other (Google's standard and detailed usage cost).

They have no line in common, and a file does not say which of the two it belongs to: the detailed one has columns more.
But not every charge has details, so that a file without any may be a part of the detailed export all the same: what
tells is whether the charges that the others give in detail stand in it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.engine import FILE_NAME
from orchestration.landing.expressions import column_sql
from orchestration.landing.likeness import read_lines
from orchestration.landing.profile import schema_groups, text_of, time_sql
from orchestration.words import percent

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile

_LIKENESS = 0.5


def refuse_two_details(connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], where: str) -> None:
    """Reject files without detail that give most of the charges (by day) again of which other files give details."""
    if not fmt.detail_columns or len(files) < 2:
        return
    lines = " union all ".join(_lines(fmt, group) for group in schema_groups(files))
    query = f"select filename, bool_or(is_detailed) from ({lines}) group by all order by all"
    found = connection.execute(query).fetchall()
    detailed, plain = ([path for path, has_detail in found if has_detail == wanted] for wanted in (True, False))
    if not detailed or not plain:
        return
    both, smaller = connection.execute(
        f"""
        with lines as (select distinct list_contains($plain, filename) as is_plain, is_detailed, charge from ({lines})),
        detailed as (select charge from lines where is_detailed),
        plain as (select charge from lines where is_plain)
        select
            (select count(*) from detailed semi join plain using (charge)),
            least((select count(*) from detailed), (select count(*) from plain))
        """,
        {"plain": plain},
    ).fetchone()
    origins = {str(file.path): file.origin for file in files}
    if both > smaller * _LIKENESS:
        raise DeliveryRejected(
            f"{where}: the file '{origins[plain[0]]}' is of an export without {' and '.join(fmt.detail_columns)}, and "
            f"'{origins[detailed[0]]}' of one with it; {percent(both / smaller)} of the charges by day are in both, "
            "so that they would be counted twice. Keep the files of one of the two exports in this folder (the "
            "detailed one says more) and remove the others; or, if they are of one export, put them into one file.",
            file=origins[plain[0]],
        )


def _lines(fmt: Format, group: list[TakenFile]) -> str:
    """Name the charge of each line, by day, and tell whether it is given in detail."""
    file = group[0]
    names = [column_sql(fmt.by_name[name], file.match, file.fields, converted=False) for name in fmt.detail_of]
    day = f"cast({time_sql(file, fmt.charge_column)} as date)"
    details = ", ".join(text_of(file, name) for name in fmt.detail_columns)
    return (
        f"select {FILE_NAME}, hash({', '.join([*names, day])}) as charge, "
        f"coalesce({details}) is not null as is_detailed from {read_lines(group)}"
    )
