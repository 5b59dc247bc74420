"""Killed at any point, the next run finishes the job, and nothing is there twice."""

from __future__ import annotations

import errno
import os
import signal
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orchestration import stops
from orchestration.errors import DeliveryRejected, FinopsError
from orchestration.landing import delivery, land, ledger

from .world import FOCUS_LINE, World, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable

JULY = {**FOCUS_LINE, "BillingPeriodStart": "2026-07-01T00:00:00Z", "BilledCost": "10"}


class Killed(BaseException):
    """Nothing in the program may catch this, as nothing can catch a kill."""


def killer(after: int, call: Callable[..., object]) -> Callable[..., object]:
    """Let `call` through a number of times, then die in its place."""
    calls = 0

    def wrapped(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return call(*args, **kwargs)

    return wrapped


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        (delivery, "take_files", 0),
        (delivery, "profile", 0),
        (delivery, "settle", 0),
        (delivery, "commit", 0),
        (ledger, "write_json", 0),  # the journal
        (ledger, "write_json", 1),  # the first month of two
        (ledger, "write_json", 2),  # the second month
    ],
)
def test_killed_at_any_point_the_next_run_finishes_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch, module: object, name: str, after: int
) -> None:
    write_csv(world.source("focus") / "bill.csv", [JULY, FOCUS_LINE])
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a kill gives no time to tidy up
    monkeypatch.setattr(module, name, killer(after, getattr(module, name)))
    with pytest.raises(Killed):
        world.land()
    monkeypatch.undo()
    world.land()
    assert world.query("select sum(BilledCost), count(*) from finops_raw.focus") == [(Decimal("11.5"), 2)]
    assert sorted(month for _, month in world.ledger().current()) == [date(2026, 7, 1), date(2026, 8, 1)]
    assert len({item.delivery_id for item in world.ledger().deliveries}) == 1
    assert len(list(world.settings.raw_dir.glob("bills/*"))) == 1
    assert not list(world.settings.raw_dir.glob(".incoming-*"))
    assert not list(world.settings.raw_dir.glob("*/*/.landing"))
    assert not world.land().new


def test_a_half_recorded_snapshot_does_not_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the journal is in place nothing of the snapshot is seen; from then on all of it is."""
    write_csv(world.source("focus") / "bill.csv", [JULY, FOCUS_LINE])
    monkeypatch.setattr(ledger, "write_json", killer(0, ledger.write_json))
    with pytest.raises(Killed):
        world.land()
    assert not world.ledger().deliveries


def test_a_full_disk_says_so_and_the_next_run_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(delivery, "take_files", full)
    with pytest.raises(FinopsError, match=r"no space left on the disk.*FINOPS_HOME"):
        world.land()
    monkeypatch.undo()
    assert len(world.land().new) == 1


def test_a_delivery_that_a_stop_broke_is_not_rejected(world: World) -> None:
    """A rejection holds until the files change: a good delivery would stay out for ever."""
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE])

    def inspect(*_: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise DeliveryRejected("a check could not be run: Query interrupted") from None

    with pytest.raises(KeyboardInterrupt), stops.heard():
        land(world.settings, inspect=inspect)
    assert not world.ledger().rejections
    assert [outcome.source_name for outcome in world.land().new] == ["bills"]
