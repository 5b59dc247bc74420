"""One child process, measured: seconds, processor seconds and peak memory, as the kernel accounts for them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


class BenchError(Exception):
    """A child failed, or results differ; the message is for a person."""


@dataclass(frozen=True)
class Usage:
    """What one process took. `cpu_seconds` counts all threads, so other work on the machine hardly moves it."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(
    module: str, *arguments: str, env: Mapping[str, str] | None = None, log: Path, python: Path | None = None
) -> Usage:
    """Run `python -m module` and wait; all that it says goes to `log`. BenchError with its last lines if it fails.

    `python`: another interpreter than this one.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        begun = time.monotonic()
        child = subprocess.Popen(
            [str(python or sys.executable), "-m", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise BenchError(f"{module} ended with {child.returncode}; its log is {log}:\n" + "\n".join(said[-15:]))
    kilobytes = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilobytes)
