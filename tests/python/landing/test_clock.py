"""What is dated in the future, by the clock of the figures: told once, and in nobody's way."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from orchestration import clock
from orchestration.closing import close_month
from orchestration.errors import FinopsError
from orchestration.landing.delivery import now

from .world import CUR2_LINE, FOCUS_LINE, World, data_export, write_csv

if TYPE_CHECKING:
    from pathlib import Path

AUGUST = date(2026, 8, 1)
LANDING = sys.modules["orchestration.landing.land"]
NOW = "2026-08-05T06:00:00"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in the fifth of August."""
    stand_in(monkeypatch, NOW)


def stand_in(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    monkeypatch.setattr(LANDING, "moment", lambda _: datetime.fromisoformat(time))


def deliver(folder: Path, stamp: str, cost: float) -> Path:
    lines = [{**CUR2_LINE, "line_item_unblended_cost": cost}]
    return data_export(folder, lines, stamp=stamp, execution=f"run-{cost}")


def costs(world: World) -> list[float]:
    return [float(item.costs[0].raw_cost) for _, item in sorted(world.ledger().current().items())]


def test_charges_after_today_are_told_once(world: World) -> None:
    folder = world.source("focus")
    later = {**FOCUS_LINE, "ChargePeriodStart": "2036-08-03T00:00:00Z", "ChargePeriodEnd": "2036-08-04T00:00:00Z"}
    write_csv(folder / "a.csv", [FOCUS_LINE, {**FOCUS_LINE, "ResourceId": "vm-2"}, later])
    [told] = world.land().warnings
    assert "1 line dated after today (2026-08-05 UTC), the first in file 'a.csv', row 3: " in told
    assert "ChargePeriodStart 2036-08-03" in told
    assert world.ledger().deliveries[0].warnings == [told]
    write_csv(folder / "a.csv", [FOCUS_LINE, {**FOCUS_LINE, "ResourceId": "vm-3"}, later])
    assert not world.land().warnings


def test_tomorrow_is_not_the_future(world: World) -> None:
    """Clocks and time zones are up to a day apart."""
    day = {"ChargePeriodStart": "2026-08-06T05:00:00Z", "ChargePeriodEnd": "2026-08-06T06:00:00Z"}
    write_csv(world.source("focus") / "a.csv", [{**FOCUS_LINE, **day}])
    assert not world.land().warnings


def test_a_stamp_in_the_future_does_not_hold_up_what_comes_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its stamp, everything until next year would be older, and left alone without a word."""
    folder = world.source("aws_cur2")
    deliver(folder, "2027-08-05T06:00:00Z", 1)
    [told] = world.land().warnings
    assert "this delivery was written at 2027-08-05 06:00, which is still to come (today is 2026-08-05 UTC)" in told
    assert not world.land().warnings
    later = f"{now() + timedelta(days=2):%Y-%m-%dT%H:%M:%S}Z"  # after the arrival of the first
    stand_in(monkeypatch, later[:-1])
    deliver(folder, later, 2)
    assert not world.land().warnings
    assert costs(world) == [2]
    assert [item.message for item in world.land().unchanged] == ["nothing new"]


def test_a_clock_that_was_set_back_keeps_the_order_of_stamps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.source("aws_cur2")
    deliver(folder, "2026-08-04T06:00:00Z", 1)
    world.land()
    stand_in(monkeypatch, "1970-01-01")
    for stamp, cost in (("2026-08-05T06:00:00Z", 2), ("2026-08-06T06:00:00Z", 3)):
        deliver(folder, stamp, cost)
        world.land()
        assert costs(world) == [cost]


def test_two_deliveries_in_the_future_at_first_sight(world: World) -> None:
    folder = world.source("aws_cur2")
    for stamp, cost in (("2027-08-04T06:00:00Z", 1), ("2027-08-05T06:00:00Z", 2)):
        deliver(folder, stamp, cost)
    world.land()
    assert costs(world) == [2]


def test_a_folder_named_by_a_wrong_year_can_be_renamed(world: World) -> None:
    folder = world.source("aws_cur2")
    path = deliver(folder, "2027-08-05T06:00:00Z", 1)
    world.land()
    shutil.rmtree(path.parent)
    shutil.rmtree(folder / "metadata")
    deliver(folder, "2026-08-05T06:00:00Z", 1)
    result = world.land()
    assert not result.rejected
    assert costs(world) == [1]


def test_a_made_up_company_lives_in_its_own_day(world: World) -> None:
    """The month in which its bills end is not over, whatever the calendar of who runs it says."""
    world.source("focus")
    simulate = {"start": "2020-02", "months": 2, "seed": 7}
    content = {"simulate": simulate, "sources": world.sources}
    (world.root / "sources.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    today = clock.moment(world.settings)
    assert datetime.fromisoformat("2020-03-02") < today < datetime.fromisoformat("2020-05-01")
    publication = world.settings.publications_dir / "20200401T000000.000Z"
    publication.mkdir(parents=True)
    months = [date(today.year, today.month, 1), date(2020, 2, 1)]
    inputs = {"bills": {month.isoformat(): "d1" for month in months}}
    (publication / "publication.json").write_text(json.dumps({"id": publication.name, "inputs": inputs, "books": []}))
    world.settings.published_link.symlink_to(publication)
    with pytest.raises(FinopsError, match=rf"not over yet \(today is {today:%Y-%m-%d} UTC, the day of the made-up"):
        close_month(world.settings, months[0], "Ada", "due")


def test_a_simulation_without_a_month_is_told(world: World) -> None:
    content = {"simulate": {"start": "spring"}, "sources": [{"name": "a", "format": "focus", "uri": "a"}]}
    (world.root / "sources.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(FinopsError, match="does not tell in which month the made-up company lives"):
        clock.moment(world.settings)
