"""A run killed at any point: readers keep what they had, and the next run finishes the job, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from .company import Company, line

KILLS = 3


def start(company: Company) -> subprocess.Popen[str]:
    environ = {**os.environ, **company.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration.run"],
        cwd=company.settings.project_dir,
        env=environ,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def await_change(run: subprocess.Popen[str], seen: Callable[[], object]) -> None:
    """Wait until a run has come to where `seen` changes, or has ended."""
    before, begun = seen(), time.monotonic()
    while run.poll() is None and seen() == before and time.monotonic() - begun < 600:
        time.sleep(0.05)


def await_build(company: Company, run: subprocess.Popen[str]) -> None:
    """Start-up is the same every time: what matters begins with the build."""
    state = company.settings.build_dir / "state.json"
    await_change(run, lambda: state.stat().st_mtime_ns)


def await_models(company: Company, run: subprocess.Popen[str]) -> None:
    """Wait until dbt has begun with models."""
    log = company.settings.logs_dir / "dbt.log"
    await_change(run, lambda: log.read_text(encoding="utf-8").count("START sql"))


def test_whatever_ends_a_run_the_next_one_finishes_it(company: Company) -> None:
    before, seed = company.publication, random.randrange(10**6)
    company.deliver("2026-09", [line("2026-09", day, "2") for day in range(1, 4)])
    for stop in (signal.SIGTERM, signal.SIGINT):
        run = start(company)
        await_models(company, run)
        run.send_signal(stop)
        _, errors = run.communicate()
        assert run.returncode == 1
        assert "The run was stopped from outside" in errors
        assert "Run again" in errors
        assert "check" not in errors
        report = company.report()
        assert (report["status"], report["reason"]) == ("failed", "Stopped from outside.")
        outcomes = (company.settings.state_dir / "run_outcomes").iterdir()
        assert not [path for path in outcomes if "stopped" in path.read_text()]
        assert company.publication == before
    moments = random.Random(seed)
    september = "select cast(sum(billed_cost) as double) from cost_daily where billing_month = date '2026-09-01'"
    for _ in range(KILLS):
        run = start(company)
        await_build(company, run)
        time.sleep(moments.uniform(0, 12))  # anywhere: what has to hold does not depend on it
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
        run.communicate()
        assert company.published(september)[0][0] in (16.25, 6.0), seed
    last = start(company)
    _, errors = last.communicate()
    assert last.returncode == 0, (seed, errors)
    assert company.published(september) == [(6.0,)], seed
    assert company.published("select cast(sum(billed_cost) as double) from cost_daily") == [(22.25,)], seed
    assert company.published("select count(*) from focus_cost_and_usage") == [(8,)], seed
    assert company.publication > before
    left = sorted(path.name for path in company.settings.publications_dir.iterdir())
    assert not [name for name in left if name.startswith(".")], (seed, left)
