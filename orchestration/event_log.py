"""Dagster's event log for the run in this process: the same files, with connections that stay open.

Dagster opens and closes a SQLite file two or three times per event, each time with a flush to disk; a run reports some
hundred events. Losing the last of them with the machine's power costs a few lines of history, no data.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy.pool import QueuePool

_BUSY_SECONDS = 60


class QuickEventLog(SqliteEventLogStorage):
    """Keeps one engine per file until the process ends, and leaves flushing to SQLite's checkpoints."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Dagster's own
        """Take what the class of Dagster takes."""
        self._engines: dict[str, sa.Engine] = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> QuickEventLog:  # noqa: ANN401 - Dagster's own
        """Make this class; Dagster's method names its own."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                arguments = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
                engine = sa.create_engine(
                    self.conn_string_for_shard(shard), poolclass=QueuePool, connect_args=arguments
                )
                sa.event.listen(engine, "connect", _relax)
                if shard not in self._initialized_dbs:
                    self._initdb(engine)
                    self._initialized_dbs.add(shard)
                self._engines[shard] = engine
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _relax(connection: sqlite3.Connection, _: object) -> None:
    """Flush at checkpoints only; with a write-ahead log a killed process still loses nothing."""
    connection.execute("pragma synchronous = normal")
