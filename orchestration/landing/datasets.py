"""Which of a provider's datasets each file of a delivery belongs to, where one export has several with one header.

What the layout knows from a manifest stands; else the name of the file or of a folder above it tells, else its lines.
Which words and lines tell is said by the format.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.formats import LineKind
from orchestration.landing.costs import cost_sql
from orchestration.landing.engine import read_parquet
from orchestration.landing.profile import is_committed_sql, text_of

if TYPE_CHECKING:
    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.take import TakenFile


def tell_datasets(
    connection: duckdb.DuckDBPyConnection, fmt: Format, files: list[TakenFile], where: str
) -> tuple[list[TakenFile], list[str]]:
    """Give the files with their datasets, and what is to be said about those that could only be guessed."""
    if not fmt.datasets:
        return files, []
    told = [file.dataset or _tell(connection, fmt, file, where) for file in files]
    known = set(filter(None, told))
    rest = known.pop() if len(known) == 1 else fmt.datasets[0].name
    doubts = [
        f"Neither its name nor its lines tell whether '{file.origin}' holds {_either(fmt)} cost; it counts as {rest} "
        "cost. Write the word into its name or its folder's."
        for file, name in zip(files, told, strict=True)
        if name is None and _has_lines(connection, file)
    ]
    return [replace(file, dataset=name or rest) for file, name in zip(files, told, strict=True)], doubts


def dataset_of_name(fmt: Format, origin: str) -> str | None:
    """Read the dataset off a path: the innermost part that has the words of exactly one of them."""
    for part in reversed(origin.split("/")):
        letters = re.sub(r"[^a-z]", "", part.lower())
        found = [dataset.name for dataset in fmt.datasets if any(word in letters for word in dataset.words)]
        if len(found) == 1:
            return found[0]
    return None


def _tell(connection: duckdb.DuckDBPyConnection, fmt: Format, file: TakenFile, where: str) -> str | None:
    """Ask the name, then the lines; DeliveryRejected if they contradict each other or the lines are of both."""
    cost = cost_sql(fmt, file).rounded
    rows = connection.execute(
        f"select distinct coalesce({text_of(file, fmt.line_type_column)}, ''), {is_committed_sql(fmt, file)}, "
        f"coalesce({cost} <> 0, false) from {read_parquet([file.path])}"
    ).fetchall()
    try:
        by_lines, is_sure = fmt.dataset_of_lines({LineKind(*row) for row in rows})
    except ValueError as error:
        raise DeliveryRejected(
            f"{where}: the file '{file.origin}' {error}, so both views of the same charges stand in one file and "
            "cannot be told apart; export them into files of their own.",
            file=file.origin,
        ) from None
    by_name = dataset_of_name(fmt, file.origin)
    if by_name and is_sure and by_name != by_lines:
        raise DeliveryRejected(
            f"{where}: the file '{file.origin}' holds {by_name} cost by its name, but it has lines that only "
            f"{by_lines} cost has; taken by its name, charges would be lost or counted twice. Correct the name of the "
            "file or folder, or export it again.",
            file=file.origin,
        )
    return by_name or by_lines


def _has_lines(connection: duckdb.DuckDBPyConnection, file: TakenFile) -> bool:
    return connection.execute(f"select count(*) from {read_parquet([file.path])}").fetchone() != (0,)


def _either(fmt: Format) -> str:
    return " or ".join(dataset.name for dataset in fmt.datasets)
