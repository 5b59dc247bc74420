"""A stop from outside is told as one, whatever a library makes of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import duckdb
import pytest

from orchestration import stops

BOTH = [signal.SIGTERM, signal.SIGINT]


def stop(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def query(number: signal.Signals) -> None:
    """Ask DuckDB for what takes some seconds, and stop meanwhile; it says "Query interrupted", if it notices at all."""
    threading.Timer(0.2, stop, (number,)).start()
    with duckdb.connect() as connection:
        connection.execute("select max(hash(range)) from range(1_000_000_000)").fetchall()


def deaf_query(number: signal.Signals) -> None:
    """Ask for what DuckDB works on for many seconds without looking up, and stop meanwhile."""
    threading.Timer(0.5, stop, (number,)).start()
    groups = "select hash(i) % 5_000_000 as h, sum(i::decimal(38, 9)) from range(15_000_000) as t (i) group by h"
    with duckdb.connect() as connection, stops.cancelled_by(connection.interrupt):
        connection.execute("set threads = 1")
        connection.execute(f"create table sums as {groups}")


def lost(number: signal.Signals) -> None:
    """Do as dbt does when it closes a connection that another thread is just closing."""
    try:
        stop(number)
    except KeyboardInterrupt:
        raise ConnectionError("Connection already closed!") from None


@pytest.mark.parametrize("step", [query, lost])
@pytest.mark.parametrize("number", BOTH)
def test_what_broke_by_a_stop_is_a_stop(step: Callable[[signal.Signals], None], number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), stops.heard():
        step(number)


@pytest.mark.parametrize("number", BOTH)
def test_a_query_that_does_not_listen_is_cancelled(number: signal.Signals) -> None:
    """Where a task of the engine takes long, the main thread hears of nothing until it is over."""
    begun = time.process_time()
    with pytest.raises(KeyboardInterrupt), stops.heard():
        deaf_query(number)
    assert time.process_time() - begun < 2.5


@pytest.mark.parametrize("number", BOTH)
def test_a_stop_that_somebody_kept_to_himself_is_a_stop(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), stops.heard(), suppress(KeyboardInterrupt):
        stop(number)


def test_without_a_stop_everything_is_as_it_is() -> None:
    former = [signal.getsignal(number) for number in BOTH]
    with pytest.raises(ConnectionError), stops.heard():
        raise ConnectionError
    with stops.heard():
        stops.refuse()
    assert [signal.getsignal(number) for number in BOTH] == former


def test_where_nobody_can_watch_signals_go_where_they_went(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError), stops.heard():
        pass
    assert signal.set_wakeup_fd(-1) == -1


def test_a_stop_of_before_is_forgotten() -> None:
    with pytest.raises(KeyboardInterrupt), stops.heard():
        stop(signal.SIGTERM)
    stops.refuse()
    with stops.heard():
        stops.refuse()
