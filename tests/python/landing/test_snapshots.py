"""A folder of files that nothing lists is one snapshot: what it repeats, and what it has lost since the last one."""

from __future__ import annotations

import pytest

from .world import FOCUS_LINE, World, write_csv, write_parquet


def charges(count: int, cost: float, **values: str) -> list[dict[str, str]]:
    """Give charges of the whole month, one for each of so many resources."""
    month = {"ChargePeriodStart": "2026-08-01T00:00:00Z", "ChargePeriodEnd": "2026-09-01T00:00:00Z"}
    return [
        {**FOCUS_LINE, **month, "BilledCost": str(number + cost), "ResourceId": f"vm-{number}", **values}
        for number in range(count)
    ]


def counted(world: World) -> int:
    return world.query("select count(*) from finops_raw.focus")[0][0]


@pytest.mark.parametrize("name", ["{}/usage.csv", "usage_{}.csv", "usage-{}T0115.csv.gz"])
def test_month_to_date_copies_at_two_dates_are_refused(world: World, name: str) -> None:
    root = world.source("focus")
    for day, cost in (("2026-08-04", 1), ("2026-08-05", 1.5)):
        write_csv(root / name.format(day), charges(20, cost))
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert "look like one bill as of two dates: 100 % of the charges of the smaller are in the other too" in told
    assert name.format("2026-08-05") in told
    assert "Keep only the newest in the folder; or, if each file holds only what comes on top" in told
    world.sources[-1]["corrections"] = "delta"
    world.write_sources()
    assert not world.land().rejected
    assert counted(world) == 40


def test_the_same_charges_with_other_amounts_are_told(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "bill.csv", charges(20, 1))
    write_csv(root / "corrections.csv", charges(5, -1))
    (told,) = world.land().warnings
    assert "'bill.csv' and 'corrections.csv' hold the same charges (100 % of the smaller) with other amounts" in told
    assert world.ledger().newest("bills").warnings == [told]
    assert counted(world) == 25
    assert world.land().warnings == []


@pytest.mark.parametrize(
    "second",
    [
        {"ChargePeriodStart": "2026-08-05T00:00:00Z"},  # the next day, not the same one again
        {"ServiceName": "Storage"},
        {"BillingPeriodStart": "2026-09-01T00:00:00Z"},
    ],
)
def test_files_of_other_charges_are_no_copies(world: World, second: dict[str, str]) -> None:
    root = world.source("focus")
    write_csv(root / "2026-08-04/usage.csv", charges(20, 1))
    write_csv(root / "2026-08-05/usage.csv", charges(20, 1.5, **second))
    result = world.land()
    assert (result.rejected, result.warnings, counted(world)) == ([], [], 40)


def test_charges_that_repeat_inside_a_file_tell_nothing_about_another(world: World) -> None:
    root = world.source("focus")
    for name, cost in (("part-20260801.csv", 1), ("part-20260802.csv", 1.5)):
        write_csv(root / name, [line | {"ResourceId": "vm-1"} for line in charges(20, cost)])
    result = world.land()
    assert (result.rejected, result.warnings, counted(world)) == ([], [], 40)


def test_a_file_that_goes_with_its_charges_is_told(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "p0.csv", charges(25, 1))
    write_csv(root / "p1.csv", charges(10, 1, SubAccountId="0099"))
    world.land()
    (root / "p1.csv").unlink()
    (told,) = world.land().warnings
    assert "2026-08 lacks the file 'p1.csv' of the delivery before (10 lines)" in told
    assert "in no other file, so that they no longer count. Bring it back" in told
    assert world.ledger().newest("bills").warnings == [told]
    assert counted(world) == 25


def test_a_file_whose_charges_are_in_another_is_not_lost(world: World) -> None:
    """Under another name, with other amounts and more lines, or put together with the others."""
    root = world.source("focus")
    write_csv(root / "until_04.csv", charges(20, 1))
    write_csv(root / "tax.csv", charges(10, 1, SubAccountId="0099"))
    world.land()
    (root / "until_04.csv").rename(root / "until_05.csv")
    write_csv(root / "until_05.csv", charges(25, 1.5))
    assert world.land().warnings == []
    for name in ("until_05.csv", "tax.csv"):
        (root / name).unlink()
    write_csv(root / "all.csv", charges(26, 1.5) + charges(10, 1, SubAccountId="0099"))
    assert world.land().warnings == []


def test_the_same_file_under_two_sources_is_refused_whenever_the_second_comes(world: World) -> None:
    write_csv(world.source("focus") / "a.csv", charges(3, 1))
    world.land()
    other = world.source("focus", "others")
    write_csv(other / "b.csv", charges(3, 1))
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert told.startswith("Source others: the file 'b.csv' has the same content as 'a.csv' of source bills, which")
    assert "Remove it from one of the two folders" in told
    assert counted(world) == 3
    world.sources = world.sources[1:]
    world.write_sources()
    assert world.land().rejected == []
    assert counted(world) == 3


@pytest.mark.parametrize("names", [("billing", "part"), ("part", "billing")])
def test_a_part_of_an_account_that_is_exported_too_is_refused_whichever_comes_first(
    world: World, names: tuple[str, str]
) -> None:
    """Written another day and in another shape, some charges cost something else by then."""
    own = charges(20, 1, SubAccountId="sub-1")
    fresh = [{**line, "BilledCost": "1.1"} if place < 5 else line for place, line in enumerate(own)]
    folders = {name: world.source("focus", name) for name in names}
    correction = FOCUS_LINE | {"ChargePeriodStart": "2026-07-30T00:00:00Z"}
    write_csv(folders["billing"] / "all.csv", [*charges(30, 2, SubAccountId="sub-2"), *own, correction])
    write_parquet(folders["part"] / "part.parquet", [*fresh, correction])
    result = world.land()
    assert [outcome.source_name for outcome in result.new] == [names[0]]
    (refused,) = result.rejected
    assert f"Source {names[1]}: 75 % of the charges of 2026-08-01 are those of source {names[0]}" in refused.message
    assert "Leave the source of the part out of sources.yml" in refused.message
    world.sources = [source for source in world.sources if source["name"] == names[1]]
    world.write_sources()
    assert world.land().rejected == []
    assert counted(world) == {"billing": 51, "part": 21}[names[1]]


def test_what_two_sources_have_in_common_by_chance_is_loaded(world: World) -> None:
    """Another account, another part of it, what costs nothing, and what a source has had all the time."""
    free = charges(9, 1, BilledCost="0")
    write_csv(world.source("focus", "one") / "a.csv", charges(3, 1) + free)
    write_csv(world.source("focus", "account") / "a.csv", charges(3, 1, BillingAccountId="2"))
    write_csv(world.source("focus", "part") / "a.csv", charges(3, 1, SubAccountId="2") + free)
    assert world.land().rejected == []
    write_csv(world.root / "part" / "a.csv", charges(3, 1) + charges(1, 2))
    assert world.land().rejected == []


@pytest.mark.parametrize("place", [".ipynb_checkpoints/a.csv", "__MACOSX/._a.csv", "sub/.trash/a.csv", "_old/a.csv"])
def test_what_tools_keep_for_themselves_is_no_part_of_a_folder(world: World, place: str) -> None:
    root = world.source("focus")
    write_csv(root / "a.csv", charges(3, 1))
    write_csv(root / place, charges(9, 2))
    assert not world.land().rejected
    assert counted(world) == 3


def test_what_a_job_has_written_so_far_is_waited_for(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "_temporary" / "0" / "part-0000.csv", charges(3, 1))
    (told,) = [outcome.message for outcome in world.land().pending]
    assert "'_temporary/0/part-0000.csv' is still being written" in told


@pytest.mark.parametrize("log", ["_delta_log/00000000000000000000.json", "metadata/v1.metadata.json"])
def test_a_table_with_a_log_is_named_for_what_it_is(world: World, log: str) -> None:
    """Its folder holds older states of its rows, too."""
    root = world.source("focus")
    write_parquet(root / "part-0.parquet", charges(3, 1))
    (root / log).parent.mkdir(parents=True)
    (root / log).write_text("{}")
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert f"'{log}' makes the folder a table of" in told
    assert "export it as plain Parquet into another folder" in told
