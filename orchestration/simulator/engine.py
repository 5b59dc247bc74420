"""The DuckDB session of the simulator and the arithmetic that every generator shares.

Belongs here: settings that keep a session bounded and reproducible, and macros for chance and money. Does not belong
here: anything that knows a billing format. Money inside the simulator is a whole number of 1e-10 USD in a bigint, as
AWS
prints ten decimals; it becomes a double or a decimal only when it is written.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

MICRO = 10_000
"""Units of 1e-10 in a micro-dollar."""

_ROWS_AT_A_TIME = 250

# Chance is arithmetic of our own, below 2^62 at every step: an engine's hash() may change with its version.
# A square in the middle breaks the straight line that a chain of multiplications would be.
_MACROS = """
CREATE OR REPLACE MACRO mixed(k) AS ((k % 2147483647) * ((k % 2147483647) + 40503)) % 2147483629 * 69621 % 2147483587;
CREATE OR REPLACE MACRO usd(u) AS CASE
    WHEN u % 10000 = 0 THEN (u // 10000)::DOUBLE / 1e6
    WHEN u % 100 = 0 THEN (u // 100)::DOUBLE / 1e8
    ELSE u::DOUBLE / 1e10 END;
CREATE OR REPLACE MACRO exact(u) AS (u::DECIMAL(28, 0) * 0.0000000001::DECIMAL(10, 10))::DECIMAL(38, 10);
CREATE OR REPLACE MACRO iso(t) AS strftime(t, '%Y-%m-%dT%H:%M:%SZ');
CREATE OR REPLACE MACRO line_id(k) AS md5(k) || left(md5('line ' || k), 20);
"""


def connect(memory_mb: int, temp_dir: Path) -> duckdb.DuckDBPyConnection:
    """Return a session in memory that holds at most `memory_mb`.

    It has one thread, since the order of rows behind a join depends on the threads: work is parallel by sessions.
    """
    con = duckdb.connect()
    con.execute(f"SET memory_limit = '{int(memory_mb)}MB'")
    con.execute("SET threads = 1")
    con.execute("SET enable_progress_bar = false")
    con.execute(f"SET temp_directory = {quoted(temp_dir)}")
    for statement in _MACROS.strip().split(";\n"):
        con.execute(statement)
    return con


def megabytes(text: str) -> int:
    """Return a size such as `1500MB` or `3GB` in megabytes, 300 at least; ValueError for any other spelling."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MG])i?B", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"'{text}' is not a size; write it like 1500MB or 3GB.")
    return max(300, int(float(match[1]) * (1000 if match[2].upper() == "G" else 1)))


def quoted(value: object) -> str:
    """Return the value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def units(price: str) -> int:
    """Return a price in USD, written out, as whole units of 1e-10; ValueError if it has more decimals."""
    whole, _, fraction = price.partition(".")
    if len(fraction) > 10:
        raise ValueError(f"{price} has more than ten decimals")
    return int(whole + fraction.ljust(10, "0"))


def load_rows(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: Iterable[Sequence[object]]
) -> None:
    """Replace `table` by one of the given columns (name to DuckDB type) and rows."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    listed = list(rows)
    for first in range(0, len(listed), _ROWS_AT_A_TIME):
        some = listed[first : first + _ROWS_AT_A_TIME]
        marks = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * len(some))
        con.execute(f"INSERT INTO {table} VALUES {marks}", [value for row in some for value in row])


def write_parquet(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query as one Parquet file, snappy; small row groups keep 131 columns within the memory limit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 61440)")
