"""Lines that a provider delivers again under a new file name (Oracle Cloud): only the last of them counts.

Such a provider only ever appends files, and gives every line an id. A line whose id comes again in a later file (later
by name: the names carry the date and a number that grows) is replaced by the later one. So a file of which every line
came again is left out, and one of which some came again is kept without them. Ids that repeat inside one file are
lines of their own. Providers without line ids are the business of `duplicates.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.formats import name_key
from orchestration.landing.engine import FILE_NAME, identifier, literal, read_lines_of, read_parquet
from orchestration.landing.profile import schema_groups
from orchestration.words import counted

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile


def has_line_ids(fmt: Format, files: list[TakenFile]) -> bool:
    """Tell whether every file gives its lines an id."""
    return bool(files) and all(_line_id(fmt, file) for file in files)


def without_redelivered(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile]
) -> tuple[list[TakenFile], str | None]:
    """Leave out what later files deliver again; gives the files that remain, and in words what was left out."""
    ordered = sorted(files, key=lambda file: file.origin)
    _find_repeated(connection, fmt, ordered)
    replaced = dict(
        connection.execute("""
            select number, count(*)
            from file_lines join repeated on file_lines.id = repeated.id and number < last_number
            group by number
        """).fetchall()
    )
    rows = dict(connection.execute("select number, count(*) from file_lines group by number").fetchall())
    gone = set()
    for number, count in replaced.items():
        if count == rows[number]:
            ordered[number].path.unlink()
            gone.add(ordered[number].path)
        else:
            _keep_the_rest(connection, fmt, ordered[number], number)
    connection.execute("drop view file_lines; drop table repeated")
    words = None
    if replaced:
        words = (
            f"{counted(sum(replaced.values()), 'line')} of {counted(len(replaced), 'file')} came again under the same "
            f"line id in a later file, of which alone they are counted; "
            f"files left out since they held nothing else: {len(gone):,}."
        )
    return [file for file in files if file.path not in gone], words


def _find_repeated(connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile]) -> None:
    """Make the view `file_lines` (number of the file, line id) and the table `repeated` (line id, its last file)."""
    numbers = ", ".join(f"({number}, {literal(str(file.path))})" for number, file in enumerate(files))
    lines = " union all ".join(
        f"select {FILE_NAME}, cast({identifier(_line_id(fmt, group[0]))} as varchar) as id "
        f"from {read_lines_of(file.path for file in group)}"
        for group in schema_groups(files)
    )
    connection.execute(
        f"create or replace temp view file_lines as select number, id from ({lines}) "
        f"join (values {numbers}) as files (number, filename) using (filename)"
    )
    # Hashes first: a table of all ids would be as large as the bill. A line without an id replaces none.
    connection.execute("""
        create or replace temp table repeated as
        with suspects as (
            select hash(id) as line from file_lines where id is not null group by line having min(number) < max(number)
        )
        select id, max(number) as last_number
        from file_lines
        where id is not null and hash(id) in (select line from suspects)
        group by id
        having min(number) < max(number)
    """)


def _keep_the_rest(connection: duckdb.DuckDBPyConnection, fmt: Format, file: TakenFile, number: int) -> None:
    line_id = identifier(_line_id(fmt, file))
    rest = file.path.with_suffix(".rest")
    connection.execute(
        f"copy (select * from {read_parquet([file.path])} where not exists (select id from repeated "
        f"where id = cast({line_id} as varchar) and last_number > {number})) "
        f"to {literal(str(rest))} (format parquet, compression zstd)"
    )
    rest.rename(file.path)


def _line_id(fmt: Format, file: TakenFile) -> str:
    """Name the column of the line id in our Parquet file; '' if it has none."""
    return next((name for name in file.types if name_key(name) in fmt.line_id_keys), "")
