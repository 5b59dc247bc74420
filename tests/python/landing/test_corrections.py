"""Sources whose deliveries add to each other (FOCUS 1.4 delta and ledger): every file counts, and counts once."""

from __future__ import annotations

import json
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


def test_a_bill_that_grows_beyond_what_has_a_place_is_rejected(world: World) -> None:
    """Each part has one; together they would stop the build."""
    folder = adding(world)
    write_csv(folder / "a.csv", [line("6e13")])
    assert not world.land().rejected
    write_csv(folder / "b.csv", [line("6e13", "vm-2")])
    [outcome] = world.land().rejected
    assert "with the 1 delivery that it adds to, the bill of 2026-08 comes to more than 14 digits" in outcome.message
    assert total(world) == Decimal("6e13")


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


def switch(world: World, corrections: str) -> None:
    """Say otherwise of the source what its deliveries do to each other."""
    world.sources[-1]["corrections"] = corrections
    world.write_sources()


def test_a_switch_starts_with_the_delivery_that_counted(world: World) -> None:
    folder = world.source("focus")
    for cost in ("10", "12"):
        write_csv(folder / "a.csv", [line(cost)])
        world.land()
    switch(world, "delta")
    first, second = (delivery.delivery_id for delivery in world.ledger().deliveries)
    assert not world.land().new
    assert total(world) == 12
    assert make_plan(world.settings, world.ledger()).inputs["bills"] == {"2026-08-01": second}
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    third = world.ledger().newest("bills").delivery_id
    assert total(world) == 10
    assert keep_books(world.ledger()).inputs() == {"bills": {"2026-08-01": f"{second}+{third}"}}
    states = "select delivery_id, state from finops_raw.deliveries order by sequence"
    assert world.query(states) == [(first, "superseded"), (second, "added"), (third, "current")]
    # a close pins the newest of them
    [entry] = published_entries({"inputs": keep_books(world.ledger()).inputs()}, "bills", AUGUST)
    assert entry.delivery_id == third
    switch(world, "replacement")
    assert keep_books(world.ledger()).inputs() == {"bills": {"2026-08-01": third}}


def test_a_switch_starts_with_the_newest_by_the_provider_not_by_arrival(world: World) -> None:
    folder = world.source("aws_cur2")
    for stamp, cost in (("20260801T000000Z", 1.0), ("20260805T000000Z", 2.0)):
        data_export(folder, [{**CUR2_LINE, "line_item_unblended_cost": cost}], stamp=stamp, execution=stamp[:8])
    world.land()  # the newest first, and then the one before it
    switch(world, "ledger")
    assert world.query("select sum(line_item_unblended_cost) from finops_raw.aws_cur2") == [(2,)]


def test_adding_up_is_refused_where_a_part_is_gone_from_raw(world: World) -> None:
    folder = adding(world)
    for name, cost in (("a", "10"), ("b", "-2")):
        write_csv(folder / f"{name}.csv", [line(cost)])
        world.land()
    first = world.ledger().deliveries[0]
    shutil.rmtree(world.settings.raw_dir / first.raw_folder)
    with pytest.raises(FinopsError, match=rf"{first.delivery_id} of source bills, 2026-08, .* no longer kept"):
        make_plan(world.settings, world.ledger())


def test_a_switch_of_what_an_older_version_recorded_is_refused_where_a_file_would_count_twice(world: World) -> None:
    folder = world.source("focus")
    for name, cost in (("a", "10"), ("b", "-2")):
        write_csv(folder / f"{name}.csv", [line(cost)])
        world.land()
    for path in world.settings.state_dir.glob("deliveries/bills/*/*.json"):
        fact = json.loads(path.read_text())
        del fact["corrections"]
        path.write_text(json.dumps(fact))
    switch(world, "delta")
    with pytest.raises(FinopsError, match=r"a\.csv in delivery .* count it twice"):
        make_plan(world.settings, world.ledger())


@pytest.mark.parametrize("corrections", ["delta", "ledger"])
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.csv", [("10", "vm-1"), ("3", "vm-2"), ("-2", "vm-1")]),  # it grows in place
        ("b.csv", [("10", "vm-1"), ("3", "vm-2"), ("-2", "vm-1")]),  # a new file has all of the old one
        ("a.csv.gz", [("10", "vm-1"), ("3", "vm-2")]),  # the same text, packed
        ("b.csv", [("3", "vm-2"), ("10", "vm-1")]),  # the same lines in another order
    ],
)
def test_lines_that_count_already_are_refused(
    world: World, corrections: str, name: str, lines: list[tuple[str, str]]
) -> None:
    folder = adding(world, corrections=corrections)
    write_csv(folder / "a.csv", [line("10"), line("3", "vm-2")])
    world.land()
    (folder / "a.csv").unlink()
    write_csv(folder / name, [line(*item) for item in lines])
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert told.startswith(f"Source bills: the file '{name}' says again what counts already: 100 % of the lines of the")
    assert "are in both. Deliveries of this source add to each other" in told
    assert "write `corrections: replacement`" in told
    assert total(world) == 13


def test_lines_that_came_in_several_deliveries_are_refused_together(world: World) -> None:
    folder = adding(world)
    lines = [line(str(number), f"vm-{number}") for number in range(1, 41)]
    write_csv(folder / "a.csv", lines[:20])
    world.land()
    write_csv(folder / "b.csv", lines[20:])
    world.land()
    write_csv(folder / "c.csv", lines[10:30])
    (folder / "a.csv").unlink()
    (folder / "b.csv").unlink()
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert "the file 'c.csv' says again what counts already: 100 % of its lines are in other files" in told


def test_a_second_file_of_the_same_content_is_told(world: World) -> None:
    folder = adding(world)
    write_csv(folder / "a.csv", [line("10")])
    world.land()
    write_csv(folder / "b.csv", [line("-2")])
    world.land()
    write_csv(folder / "c.csv", [line("-2")])
    (told,) = world.land().warnings
    assert "the file 'c.csv' has the same content as 'b.csv' of delivery" in told
    assert "it is counted once. If it is meant to count again" in told
    assert total(world) == 8


def test_an_unknown_way_is_told(world: World) -> None:
    adding(world, corrections="diff")
    with pytest.raises(FinopsError, match="corrections is 'diff'; for bills it is one of replacement, delta, ledger"):
        world.land()
