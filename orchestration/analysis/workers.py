"""One function over many inputs, each processor at its share: Python by itself computes on one of them.

Processes start with the first work that is worth them and end with the run, also with one that is killed. Results do
not depend on them. Belongs here: processes. What is worth them is for who calls to say.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

from threadpoolctl import threadpool_limits

_Found = TypeVar("_Found")
_MOST = 8  # processes: each holds 200 MB of libraries
_SHARES = 8  # per process: so small that all of them end at about the same time


class Workers:
    """As many processes as `count`, but no more than eight; with one, everything is computed where it is asked for."""

    def __init__(self, count: int = 1) -> None:
        """Start nothing yet."""
        self._count = min(count, _MOST)
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[..., _Found], inputs: Sequence[tuple[Any, ...]], least: int) -> list[_Found]:
        """Return what `function`, one of a module, makes of each input, in their order.

        Fewer than `least` are computed here, and so is all where processes cannot be had: that costs time only.
        """
        if self._count > 1 and len(inputs) >= least:
            share = max(1, len(inputs) // (self._count * _SHARES))
            try:
                return list(self._started().map(function, *zip(*inputs, strict=True), chunksize=share))
            except (BrokenProcessPool, OSError):
                self._count = 1
        return [function(*one) for one in inputs]

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # a fork would copy locks that threads of the engine hold at this moment
            begin = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=begin, initializer=_begin)
        return self._pool

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the processes."""
        if self._pool:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)


def _begin() -> None:
    """Take one processor, leave it to the parent to be interrupted, and do not outlive it."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # for what is loaded later
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
    os._exit(1)
