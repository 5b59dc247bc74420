"""One run at a time: whoever writes to a home holds its lock; a second run waits or says who is in the way.

The operating system gives the lock back when the process ends, however it ends; nothing has to be cleaned up.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, TextIO

from orchestration.errors import FinopsError

if TYPE_CHECKING:
    from orchestration.settings import Settings

WAIT_SECONDS = 900.0
_POLL_SECONDS = 0.5


@contextmanager
def run_lock(settings: Settings, wait_seconds: float = WAIT_SECONDS, out: TextIO | None = None) -> Iterator[None]:
    """Hold ``settings.lock_file`` for the length of the block.

    While another run holds it, say so once (on ``out``, stderr by default) and wait up to ``wait_seconds``; then
    FinopsError. Not for nesting: a second lock in the same process would wait for the first.
    """
    settings.make_home()
    with settings.lock_file.open("a+", encoding="utf-8") as file:
        _acquire(file, settings, wait_seconds, out or sys.stderr)
        try:
            _write(file, {"pid": os.getpid(), "started_at": datetime.now(UTC).isoformat(timespec="seconds")})
            yield
        finally:
            _write(file, {})
            fcntl.flock(file, fcntl.LOCK_UN)


def _acquire(file: IO[str], settings: Settings, wait_seconds: float, out: TextIO) -> None:
    deadline = time.monotonic() + wait_seconds
    said = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise FinopsError(
                    f"{_holder(file)} is working in {settings.home}, and only one run may at a time. Waited "
                    f"{wait_seconds:.0f} seconds. Run again when it has ended, or set FINOPS_HOME to another folder."
                ) from None
            if not said:
                said = True
                print(f"{_holder(file)} is working in {settings.home}; waiting for it to end.", file=out, flush=True)
            time.sleep(min(_POLL_SECONDS, max(deadline - time.monotonic(), 0)))
        else:
            return


def _holder(file: IO[str]) -> str:
    """Name the other run as far as it has said who it is."""
    file.seek(0)
    try:
        who = json.loads(file.read() or "{}")
    except ValueError:  # it is writing its name this instant
        who = {}
    return f"Another run (process {who['pid']}, since {who['started_at']})" if "pid" in who else "Another run"


def _write(file: IO[str], content: dict[str, object]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(content) + "\n")
    file.flush()
