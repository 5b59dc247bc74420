"""The memory of a landing is bounded by FINOPS_MEMORY_LIMIT, not by the size of a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from .world import FOCUS_LINE, World

LIMIT_MB = 200
LANDING = """
import re
from orchestration.landing import land
from orchestration.settings import Settings
def peak():
    return re.search("VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read()).group(1)
before = peak()
print(land(Settings.from_env()).new[0].delivery.row_count, before, peak())
"""


def large_bill(path: Path, lines: int) -> None:
    """Write a bill of lines that differ."""
    values = ", ".join(f"'{value}' as {name}" for name, value in FOCUS_LINE.items() if name != "ResourceId")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {values}, md5(cast(i as varchar)) as ResourceId, repeat(md5(cast(i + 1 as varchar)), 6) "
            f"as x_a from range({lines}) as lines (i)) to '{path}' (format csv, header, compression gzip)"
        )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux's /proc")
def test_a_file_four_times_as_large_takes_no_more_memory(world: World) -> None:
    grown: list[int] = []
    for lines in (200_000, 800_000):
        large_bill(world.source("focus", f"of_{lines}") / "bill.csv.gz", lines)
        world.sources = world.sources[-1:]
        world.write_sources()
        env = {
            **os.environ,
            "FINOPS_HOME": str(world.settings.home),
            "FINOPS_SOURCES": str(world.settings.sources_file),
            "FINOPS_MEMORY_LIMIT": f"{LIMIT_MB}MB",
            "FINOPS_THREADS": "2",
        }
        command = [sys.executable, "-c", LANDING]
        done = subprocess.run(
            command, env=env, cwd=world.settings.project_dir, capture_output=True, text=True, check=True
        )
        landed, before, peak = map(int, done.stdout.split())
        assert landed == lines
        grown.append((peak - before) // 1024)
    assert grown[1] < grown[0] + LIMIT_MB / 2, f"MB above the start: {grown}"
    assert max(grown) < 2 * LIMIT_MB, f"MB above the start: {grown}"
