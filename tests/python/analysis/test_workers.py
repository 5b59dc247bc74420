"""Work in several processes gives what one gives, and leaves none of them behind."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orchestration.analysis.anomaly import hours
from orchestration.analysis.forecast import backtest
from orchestration.analysis.forecast.series import Panel
from orchestration.analysis.workers import Workers
from tests.python.forecast.series import START, key, noisy

PROJECT = Path(__file__).parents[3]


def where(_: int) -> int:
    return os.getpid()


def divided(number: int, by: int) -> float:
    return number / by


def dies_elsewhere(home: int) -> int:
    if os.getpid() != home:
        os._exit(9)
    return home


def test_results_come_in_the_order_of_the_inputs_and_from_other_processes() -> None:
    inputs = [(number, 7) for number in range(100)]
    with Workers(2) as workers:
        assert workers.map(divided, inputs, 1) == [number / 7 for number in range(100)]
        assert os.getpid() not in workers.map(where, [(1,)] * 20, 1)
        with pytest.raises(ZeroDivisionError):
            workers.map(divided, [(1, 1), (1, 0)], 1)


def test_little_work_and_that_of_one_processor_is_done_here() -> None:
    with Workers(2) as two, Workers(1) as one:
        assert set(two.map(where, [(1,)] * 5, 6)) == set(one.map(where, [(1,)] * 5, 1)) == {os.getpid()}
        assert two.map(where, [], 0) == []


def test_where_a_process_is_killed_the_work_is_done_here() -> None:
    with Workers(2) as workers:
        assert workers.map(dies_elsewhere, [(os.getpid(),)] * 5, 1) == [os.getpid()] * 5


def test_processes_end_with_a_run_that_is_killed() -> None:
    program = (
        "from tests.python.analysis.test_workers import where\n"
        "from orchestration.analysis.workers import Workers\n"
        "import sys, time\n"
        "if __name__ == '__main__':\n"
        "    with Workers(2) as workers:\n"
        "        print(*set(workers.map(where, [(1,)] * 50, 1)), flush=True)\n"
        "        time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as run:
        children = [int(pid) for pid in run.stdout.readline().split()]
        assert children
        run.send_signal(signal.SIGKILL)
        run.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(is_there, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in children if is_there(pid)]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # who is nobody's child any more is dead as soon as it is a zombie, whoever collects it
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" not in status.read_text()


def test_forecasts_say_the_same_whoever_computes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "_MANY", 1)
    panel = Panel(START, {key(scope_id=f"{seed}"): noisy(500, seed=seed) for seed in range(2)})
    with Workers(2) as workers:
        found, count = backtest.windows(panel, {}, workers=workers)
    alone, alone_count = backtest.windows(panel, {})
    assert count == alone_count > 0
    assert [one.fingerprint for one in found] == [one.fingerprint for one in alone]
    for one, other in zip(found, alone, strict=True):
        assert one.said.keys() == other.said.keys()
        assert all(np.array_equal(one.said[name], other.said[name]) for name in one.said)


def test_hours_stand_out_in_a_part_of_the_panel_as_in_all_of_it() -> None:
    """A day is sent to a process with the days that it is judged by, and with no others."""
    random, days = np.random.default_rng(5), hours.MEMORY + hours.JUDGED
    cost = random.gamma(50, 2.0, (6, days, 24))
    cost[2, days - 3, 4:9] *= 4
    judged, resting = np.ones((6, days), dtype=bool), np.zeros((6, days), dtype=bool)
    weekday = (np.arange(days) + date(2026, 1, 1).weekday()) % 7
    day = days - 3
    known = slice(day - hours.MEMORY, day + 1)
    whole = hours.search_day(cost, judged, weekday, resting, day, np.arange(6))
    parts = (cost[:, known], judged[:, known], weekday[known], resting[:, known])
    part = hours.search_day(*parts, hours.MEMORY, np.arange(6))
    assert [(one.scope, one.up) for one in whole] == [(one.scope, one.up) for one in part] != []
