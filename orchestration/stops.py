"""A stop from outside: a person's Ctrl-C, a scheduler's SIGTERM.

Belongs here: that whatever it breaks is told as a stop. Libraries hand it on as they please: DuckDB as "Query
interrupted", dbt as a lost connection where it closes what another thread is just closing, Great Expectations as a
check that did not pass.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked = threading.Event()


@contextmanager
def heard() -> Iterator[None]:
    """End as KeyboardInterrupt if one of both signals came meanwhile, whoever else handles them.

    It is raised at once too, since dbt and DuckDB cancel their queries at that. Python hands signals to the main
    thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, _ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
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


def refuse() -> None:
    """Raise KeyboardInterrupt if a stop was asked for: before a verdict is kept that may be the stop's doing."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _ask(number: int, frame: FrameType | None) -> None:
    _asked.set()
    signal.default_int_handler(number, frame)
