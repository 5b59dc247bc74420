"""Sources whose deliveries add to each other (FOCUS 1.4 delta and ledger): every file counts, and counts once."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.closing import published_entries
from orchestration.errors import FinopsError
from orchestration.landing import prune_raw
from orchestration.landing.books import keep_books
from orchestration.landing.closes import CLOSED, Close
from orchestration.landing.delivery import now
from orchestration.landing.ledger import record_close
from orchestration.rebuild import make_plan

from .world import CUR2_LINE, FOCUS_LINE, World, data_export, write_csv

AUGUST = date(2026, 8, 1)


def adding(world: World, fmt: str = "focus", corrections: str = "delta") -> Path:
    """Name a source whose deliveries add to each other."""
    folder = world.source(fmt)
    world.sources[-1]["corrections"] = corrections
    world.write_sources()
    return folder


def line(cost: str, resource: str = "vm-1") -> dict[str, str]:
    return {**FOCUS_LINE, "BilledCost": cost, "EffectiveCost": cost, "ResourceId": resource}


def total(world: World, where: str = "source_name = 'bills'") -> Decimal | None:
    return world.query(f"select sum(BilledCost) from finops_raw.focus where {where}")[0][0]


@pytest.mark.parametrize("corrections", ["delta", "ledger"])
def test_each_delivery_adds_to_those_before(world: World, corrections: str) -> None:
    folder = adding(world, corrections=corrections)
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    (folder / "a.csv").unlink()
    write_csv(folder / "b.csv", [line("-10"), line("8", "vm-2")])
    world.land()
    assert total(world) == 8
    states = "select state, sequence, row_count from finops_raw.deliveries order by sequence"
    assert world.query(states) == [("added", 1, 1), ("current", 2, 2)]


def test_a_replacing_source_shows_the_newest_alone(world: World) -> None:
    folder = world.source("focus")
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "a.csv", [line("-10"), line("8", "vm-2")])
    world.land()
    assert total(world) == -2


def test_files_that_stay_in_the_folder_count_once(world: World) -> None:
    folder = adding(world)
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    assert total(world) == 8
    newest = world.ledger().current()["bills", AUGUST]
    assert (newest.row_count, [cost.delivered_cost for cost in newest.costs]) == (1, [Decimal(-2)])


def test_the_same_file_again_under_another_name_is_nothing_new(world: World) -> None:
    folder = adding(world)
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    (folder / "a.csv").rename(folder / "c.csv")
    for _ in range(2):
        assert not world.land().new
    assert total(world) == 8
    assert len(world.ledger().deliveries) == 2


def test_deliveries_out_of_order_all_count(world: World) -> None:
    folder = adding(world, "aws_cur2", "ledger")
    costs = {"20260810T000000Z": 4.0, "20260801T000000Z": 1.0, "20260805T000000Z": 2.0}
    for stamp, cost in list(costs.items())[:2]:
        data_export(folder, [{**CUR2_LINE, "line_item_unblended_cost": cost}], stamp=stamp, execution=stamp[:8])
    assert len(world.land().new) == 2  # at first sight all of them, not the newest two by chance
    stamp = "20260805T000000Z"  # an older one arrives after the newer
    data_export(folder, [{**CUR2_LINE, "line_item_unblended_cost": costs[stamp]}], stamp=stamp, execution="late")
    world.land()
    assert world.query("select sum(line_item_unblended_cost), count(*) from finops_raw.aws_cur2") == [(7, 3)]
    assert not world.land().new


def test_what_adds_to_a_closed_month_is_late_and_nothing_else_moves(world: World) -> None:
    folder = adding(world)
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    books = keep_books(world.ledger())
    entries = published_entries({"inputs": books.inputs(), "books": books.late_entries()}, "bills", AUGUST)
    record_close(world.settings, Close("bills", AUGUST, CLOSED, now(), "Ada", "due", "p1", entries))
    write_csv(folder / "c.csv", [line("0.5")])
    world.land()
    late = world.ledger().current()["bills", AUGUST].delivery_id
    assert total(world) == 8
    assert total(world, f"source_name = 'bills/{late}'") == Decimal("8.5")
    assert world.query(
        "select line_source_name, posted_month::varchar, entry_sign from finops_raw.late_entries order by all"
    ) == [("bills", "2026-09-01", -1), (f"bills/{late}", "2026-09-01", 1)]
    # nothing that adds up may be pruned
    world.settings = world.settings.__class__(**{**vars(world.settings), "raw_keep_days": 0})
    assert prune_raw(world.settings) == []


def switched(world: World) -> None:
    """Two deliveries replaced each other, and then their source is said to add."""
    folder = world.source("focus")
    for cost in ("10", "-2"):
        write_csv(folder / "a.csv", [line(cost)])
        world.land()
    world.sources[-1]["corrections"] = "delta"
    world.write_sources()


def test_a_switch_changes_what_has_to_be_built(world: World) -> None:
    switched(world)
    first, second = (delivery.delivery_id for delivery in world.ledger().deliveries)
    assert keep_books(world.ledger()).inputs() == {"bills": {"2026-08-01": f"{first}+{second}"}}
    assert total(world) == 8
    assert make_plan(world.settings, world.ledger()).inputs["bills"] == {"2026-08-01": f"{first}+{second}"}
    # a close pins the newest of them
    [entry] = published_entries({"inputs": keep_books(world.ledger()).inputs()}, "bills", AUGUST)
    assert entry.delivery_id == second
    world.sources[-1]["corrections"] = "replacement"
    world.write_sources()
    assert keep_books(world.ledger()).inputs() == {"bills": {"2026-08-01": second}}


def test_a_switch_is_refused_where_a_part_is_gone_from_raw(world: World) -> None:
    switched(world)
    first = world.ledger().deliveries[0]
    shutil.rmtree(world.settings.raw_dir / first.raw_folder)
    with pytest.raises(FinopsError, match=rf"{first.delivery_id} of source bills, 2026-08, .* no longer kept"):
        make_plan(world.settings, world.ledger())


def test_a_switch_is_refused_where_a_file_would_count_twice(world: World) -> None:
    folder = world.source("focus")
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    world.sources[-1]["corrections"] = "delta"
    world.write_sources()
    with pytest.raises(FinopsError, match=r"a\.csv in delivery .* count it twice"):
        make_plan(world.settings, world.ledger())


def test_an_unknown_way_is_told(world: World) -> None:
    adding(world, corrections="diff")
    with pytest.raises(FinopsError, match="corrections is 'diff'; for bills it is one of replacement, delta, ledger"):
        world.land()
