"""Several files at once: their order stays, the first failure counts, and nobody waits for the others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from orchestration import stops
from orchestration.landing.at_once import Cursors, for_each

ENDLESS = "select count(*) from range(1000000000000) where range % 7 = 8"


def test_results_come_in_the_order_of_the_items_whoever_is_first() -> None:
    second_is_done = threading.Event()

    def work(number: int) -> int:
        if number == 1:
            assert second_is_done.wait(timeout=60)  # only if both are at work at once
        else:
            second_is_done.set()
        return number

    assert for_each([1, 2], 2, work) == [1, 2]


def test_a_failure_ends_what_the_others_do() -> None:
    with duckdb.connect() as connection, closing(Cursors(connection, 2)) as cursors:
        others_begin = threading.Event()

        def work(number: int) -> None:
            with cursors.one() as cursor:
                if number == 1:
                    assert others_begin.wait(timeout=60)
                    raise ValueError("the first file is damaged")
                others_begin.set()
                cursor.execute(ENDLESS)

        with pytest.raises(ValueError, match="the first file is damaged"):
            for_each([1, 2, 3], 2, work, cursors.interrupt)


def test_a_stop_ends_queries_in_threads_that_hear_no_signal() -> None:
    with duckdb.connect() as connection, closing(Cursors(connection, 2)) as cursors:
        begun = threading.Barrier(3)

        def work(_: int) -> None:
            with cursors.one() as cursor:
                begun.wait(timeout=60)
                cursor.execute(ENDLESS)

        def stop() -> None:
            begun.wait(timeout=60)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=stop).start()
        with pytest.raises(KeyboardInterrupt), stops.heard():
            for_each([1, 2], 2, work, cursors.interrupt)


def test_a_stop_ends_what_began_while_others_were_still_being_handed_out() -> None:
    """The first file is at work before the second is given to anybody: it went on for ever."""
    with duckdb.connect() as connection, closing(Cursors(connection, 2)) as cursors:
        begun, over = threading.Event(), threading.Event()

        def work(_: int) -> None:
            with cursors.one() as cursor:
                begun.set()
                cursor.execute(ENDLESS)

        def files() -> Iterator[int]:
            yield 1
            assert begun.wait(timeout=60)
            os.kill(os.getpid(), signal.SIGTERM)
            yield 2

        def rescue() -> None:
            while not over.wait(timeout=20):
                rescued.append(True)
                cursors.interrupt()

        rescued: list[bool] = []
        threading.Thread(target=rescue).start()
        try:
            with pytest.raises(KeyboardInterrupt), stops.heard():
                for_each(files(), 2, work, cursors.interrupt)
        finally:
            over.set()
        assert not rescued
