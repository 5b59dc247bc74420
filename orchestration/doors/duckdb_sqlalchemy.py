"""A SQLAlchemy dialect, ``duckdb+finops``, that lets Great Expectations read a DuckDB file.

The public dialect, duckdb-engine, hands out one DuckDB connection as every cursor, so a second statement empties the
result of the first before it is fetched; it reflects tables through PostgreSQL's catalog, which DuckDB only imitates;
and beside Great Expectations it makes DuckDB complain at the end of the process. Here a cursor keeps its own rows and
reflection asks DuckDB's own catalog. Only what the back door needs: reading small relations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from weakref import WeakSet

import duckdb
from sqlalchemy import pool, types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import URL, Connection

_TYPES: dict[str, types.TypeEngine] = {
    "BIGINT": types.BigInteger(),
    "BOOLEAN": types.Boolean(),
    "DATE": types.Date(),
    "DOUBLE": types.Float(),
    "HUGEINT": types.Numeric(38, 0),
    "INTEGER": types.Integer(),
    "TIMESTAMP": types.DateTime(),
    "VARCHAR": types.String(),
}


def sqlalchemy_type(duckdb_type: str) -> types.TypeEngine:
    """Return the SQLAlchemy type of a DuckDB type name; nested and unknown types have none (NullType)."""
    if duckdb_type.startswith("DECIMAL("):
        precision, scale = duckdb_type[len("DECIMAL(") : -1].split(",")
        return types.Numeric(int(precision), int(scale))
    return _TYPES.get(duckdb_type, types.NullType())


class BufferedCursor:
    """A DB-API cursor that fetches its whole result when it executes, so that cursors do not disturb each other."""

    arraysize = 1

    def __init__(self, raw: duckdb.DuckDBPyConnection, connection: BufferedConnection) -> None:
        """Make a cursor over a raw DuckDB connection."""
        self.connection = connection
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self._raw = raw
        self._rows: list[tuple] = []
        self._next = 0

    def execute(self, statement: str, parameters: Sequence[Any] | None = None, context: object = None) -> None:  # noqa: ARG002 - DB-API
        """Run one statement and keep its rows."""
        result = self._raw.execute(statement, list(parameters)) if parameters else self._raw.execute(statement)
        self.description = result.description
        self._rows = result.fetchall() if self.description else []
        self._next = 0
        self.rowcount = len(self._rows)

    def executemany(self, statement: str, parameters: Iterable[Sequence[Any]], context: object = None) -> None:  # noqa: ARG002 - DB-API
        """Run one statement per set of parameters."""
        for row in parameters:
            self.execute(statement, row)

    def fetchone(self) -> tuple | None:
        """Return the next row, or None after the last."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple]:
        """Return up to ``size`` further rows."""
        start, self._next = self._next, self._next + (size or self.arraysize)
        return self._rows[start : self._next]

    def fetchall(self) -> list[tuple]:
        """Return all further rows."""
        start, self._next = self._next, len(self._rows)
        return self._rows[start:]

    def close(self) -> None:
        """Forget the rows; the connection stays open."""
        self._rows = []

    def setinputsizes(self, *sizes: object) -> None:
        """Do nothing: part of the DB-API."""

    def setoutputsize(self, *sizes: object) -> None:
        """Do nothing: part of the DB-API."""


class BufferedConnection:
    """A DB-API connection over DuckDB's own, handing out buffered cursors."""

    _open: ClassVar[WeakSet[BufferedConnection]] = WeakSet()

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        """Wrap a raw DuckDB connection."""
        self._raw = raw
        self._open.add(self)

    @classmethod
    def close_all(cls) -> None:
        """Close what an interrupted audit has left in use: within a process, a file that is open cannot be attached."""
        for connection in list(cls._open):
            connection.close()

    def cursor(self) -> BufferedCursor:
        """Return a cursor of its own."""
        return BufferedCursor(self._raw, self)

    def commit(self) -> None:
        """Do nothing: every statement is its own transaction, and none writes."""

    def rollback(self) -> None:
        """Do nothing, for the same reason."""

    def close(self) -> None:
        """Close the database."""
        self._raw.close()
        self._open.discard(self)


class FinopsDialect(PGDialect):
    """``duckdb+finops``: PostgreSQL's SQL, buffered cursors, reflection through DuckDB's catalog."""

    name = "duckdb"
    driver = "finops"
    default_paramstyle = "numeric_dollar"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> SimpleNamespace:
        """Return what SQLAlchemy wants to know of the driver."""
        return SimpleNamespace(paramstyle="numeric_dollar", Error=duckdb.Error, connect=duckdb.connect)

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:  # noqa: ARG003 - SQLAlchemy's signature
        """Keep one connection per thread."""
        return pool.QueuePool

    def create_connect_args(self, url: URL) -> tuple[tuple[str], dict[str, Any]]:
        """Return the path of the database file."""
        return (url.database or ":memory:",), {}

    def connect(self, *arguments: object, **options: object) -> BufferedConnection:
        """Open the database; ``options`` are those of ``duckdb.connect``."""
        return BufferedConnection(duckdb.connect(*arguments, **options))

    def initialize(self, connection: Connection) -> None:  # noqa: ARG002 - SQLAlchemy's signature
        """Skip PostgreSQL's questions about the server."""
        self.server_version_info = (14, 0)
        self.default_schema_name = "main"

    def get_columns(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **options: object,  # noqa: ARG002
    ) -> list[dict[str, Any]]:
        """Return name, type, nullable and default of each column, in order."""
        rows = connection.exec_driver_sql(
            "select column_name, data_type, is_nullable, column_default from duckdb_columns() "
            "where database_name = current_database() and table_name = $1 "
            "and schema_name = coalesce($2, current_schema()) order by column_index",
            (table_name, schema),
        ).fetchall()
        return [
            {"name": name, "type": sqlalchemy_type(kind), "nullable": nullable, "default": default}
            for name, kind, nullable, default in rows
        ]

    def get_multi_columns(
        self, connection: Connection, schema: str | None = None, filter_names: Sequence[str] | None = None, **_: object
    ) -> list[tuple[tuple[str | None, str], list[dict[str, Any]]]]:
        """Return the columns of several relations, as SQLAlchemy 2 asks for them."""
        return [((schema, name), self.get_columns(connection, name, schema)) for name in filter_names or []]

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **_: object) -> bool:
        """Tell whether a table or view of that name exists."""
        found = connection.exec_driver_sql(
            "select 1 from information_schema.tables where table_catalog = current_database() "
            "and table_name = $1 and table_schema = coalesce($2, current_schema())",
            (table_name, schema),
        ).fetchall()
        return bool(found)

    def get_schema_names(self, connection: Connection, **_: object) -> list[str]:
        """Return the schemas of the opened database."""
        rows = connection.exec_driver_sql(
            "select distinct schema_name from duckdb_schemas() where database_name = current_database()"
        ).fetchall()
        return [name for (name,) in rows]


registry.register("duckdb.finops", __name__, "FinopsDialect")
