"""A stop from outside: a person's Ctrl-C, a scheduler's SIGTERM.

Belongs here: that whatever it breaks is told as a stop, and that it is heard at once. Libraries hand it on as they
please: DuckDB as "Query interrupted", dbt as a lost connection where it closes what another thread is just closing,
Great Expectations as a check that did not pass.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_STOPS = (signal.SIGINT, signal.SIGTERM)
_asked = threading.Event()
_at_work: list[Callable[[], None]] = []


@contextmanager
def heard() -> Iterator[None]:
    """End as KeyboardInterrupt if one of both signals came meanwhile, whoever else handles them.

    It is raised at once too, since dbt and DuckDB cancel their queries at that. Python hands signals to the main
    thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, _ask) for number in _STOPS}
    try:
        with _watched():
            yield
        refuse()
    except Exception as error:
        if _asked.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: one that is not Python's
        _asked.clear()


@contextmanager
def cancelled_by(cancel: Callable[[], None]) -> Iterator[None]:
    """Call `cancel` at a stop, from another thread, while the main one computes in somebody's C."""
    _at_work.append(cancel)
    try:
        yield
    finally:
        _at_work.remove(cancel)


def refuse() -> None:
    """Raise KeyboardInterrupt if a stop was asked for: before a verdict is kept that may be the stop's doing."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _ask(number: int, frame: FrameType | None) -> None:
    _asked.set()
    signal.default_int_handler(number, frame)


@contextmanager
def _watched() -> Iterator[None]:
    """Watch for signals from another thread: Python calls a handler only between two steps of the main one."""
    arrivals, mouth = os.pipe()
    os.set_blocking(mouth, False)
    watcher = threading.Thread(target=_watch, args=(arrivals,), daemon=True)
    former = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    try:
        watcher.start()
        yield
    finally:
        signal.set_wakeup_fd(former)
        os.close(mouth)
        if watcher.ident is not None:  # a stop or a lack of threads may have come before it began
            watcher.join()
        os.close(arrivals)


def _watch(arrivals: int) -> None:
    while numbers := os.read(arrivals, 64):
        if not set(_STOPS).isdisjoint(numbers):
            _asked.set()
            for cancel in _at_work:
                cancel()
