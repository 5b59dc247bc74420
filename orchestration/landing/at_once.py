"""Doing the same for many files, several at once: in threads, since the engine and the storage wait outside of Python.

The engine reads one file of gzip with one thread, and one query at a time for each connection: to use all of the
processor it needs several files, each with a cursor of its own.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import duckdb

_SOON = 0.1
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Cursors:
    """Cursors of one database, each lent to one thread at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, count: int) -> None:
        """Open so many on the connection's database."""
        self._all = [connection.cursor() for _ in range(count)]
        self._free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for cursor in self._all:
            self._free.put(cursor)

    @contextmanager
    def one(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a cursor; waits until there is one."""
        cursor = self._free.get()
        try:
            yield cursor
        finally:
            self._free.put(cursor)

    def interrupt(self) -> None:
        """End what they are doing; threads but the main one do not hear a signal."""
        for cursor in self._all:
            cursor.interrupt()

    def close(self) -> None:
        """Close them all."""
        for cursor in self._all:
            cursor.close()


def for_each(
    items: Iterable[_Item], at_once: int, work: Callable[[_Item], _Result], end: Callable[[], None] | None = None
) -> list[_Result]:
    """Return what the work made of each, in their order. The first failure in that order, or a stop, ends it.

    `end` is then called until no work goes on: what it ends may just be about to begin.
    """
    entrance = _Entrance()

    def job(item: _Item) -> _Result:
        with entrance.passed():
            return work(item)

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        try:
            return [_result(future) for future in [pool.submit(job, item) for item in items]]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            entrance.close()
            while entrance.wait_until_nobody_is_inside(_SOON) and end is not None:
                end()
            raise


class _Entrance:
    """Counts who is at work. A stop may come when a thread has begun and the main one does not know of it yet."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open, self._inside = True, 0

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Count as inside meanwhile; CancelledError once it is closed."""
        with self._changed:
            if not self._open:
                raise CancelledError
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in from now on."""
        with self._changed:
            self._open = False

    def wait_until_nobody_is_inside(self, seconds: float) -> int:
        """Wait at most so long; return how many still are."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside == 0, seconds)
            return self._inside


def _result(job: Future[_Result]) -> _Result:
    while wait([job], timeout=_SOON).not_done:
        pass  # a stop that comes just before an endless wait would be heard at the end of it
    return job.result()
