"""Which delivery is current: refreshes replace, order is the provider's, what is unchanged is not read again."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orchestration.errors import DeliveryRejected
from orchestration.landing import land, prune_raw
from orchestration.landing.closes import CLOSED, Close, Entry
from orchestration.landing.delivery import now
from orchestration.landing.ledger import record_close
from orchestration.landing.storage import DeliveredFile

from .world import CUR2_LINE, FOCUS_LINE, LEGACY_LINE, World, data_export, legacy_report, write_csv

if TYPE_CHECKING:
    from orchestration.landing import Delivery

# The package gives out the function of the same name.
LANDING = sys.modules["orchestration.landing.land"]
AUGUST = date(2026, 8, 1)
SUM = "select sum(line_item_unblended_cost) from finops_raw.aws_cur2"


def cost(value: float) -> list[dict[str, object]]:
    """Give one line of this cost."""
    return [{**CUR2_LINE, "line_item_unblended_cost": value}]


def test_loading_twice_changes_nothing_and_reads_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    data_export(world.source("aws_cur2"), cost(1))
    assert len(world.land().new) == 1
    monkeypatch.setattr(LANDING, "take_delivery", None)
    again = world.land()
    assert (len(again.new), len(again.unchanged)) == (0, 1)


def test_a_fresh_copy_of_the_same_files_is_nothing_new_and_is_read_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_export(world.source("aws_cur2"), cost(1))
    world.land()
    os.utime(path, (1, 1))
    assert len(world.land().unchanged) == 1
    monkeypatch.setattr(LANDING, "take_delivery", None)
    assert len(world.land().unchanged) == 1
    assert len(world.ledger().deliveries) == 1


def test_overwrite_mode_replaces_the_month(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), execution="run-1")
    world.land()
    data_export(root, cost(5), execution="run-2")
    world.land()
    assert world.query(SUM) == [(Decimal(5),)]
    rows = world.query("select state, sequence, order_basis from finops_raw.deliveries order by sequence")
    assert rows == [("superseded", 1, "arrival"), ("current", 2, "arrival")]


def test_overwrite_mode_reads_only_the_files_of_the_manifest(world: World) -> None:
    root = world.source("aws_cur2")
    path = data_export(root, cost(1))
    path.with_name("export-00002.snappy.parquet").write_bytes(b"surplus")
    assert not world.land().rejected
    assert world.query(SUM) == [(Decimal(1),)]


def test_create_new_mode_takes_the_newest_and_at_first_sight_the_one_before(world: World) -> None:
    root = world.source("aws_cur2")
    for day in (3, 1, 2):
        data_export(root, cost(day), stamp=f"2026-09-0{day}T01:00:00.000Z", execution=f"run-{day}")
    world.land()
    rows = world.query("""
        select state, sequence, order_basis, provider_stamp, delivered_cost
        from finops_raw.deliveries join finops_raw.delivery_costs using (source_name, billing_month, delivery_id)
        order by sequence
    """)
    second, third = datetime.fromisoformat("2026-09-02T01:00:00"), datetime.fromisoformat("2026-09-03T01:00:00")
    assert rows == [
        ("superseded", 1, "folder", second, Decimal(2)),
        ("current", 2, "folder", third, Decimal(3)),
    ]
    assert world.query(SUM) == [(Decimal(3),)]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_with_a_stamp_the_order_of_arrival_does_not_matter(world: World, order: tuple[int, int]) -> None:
    root = world.source("aws_cur2")
    for day in order:
        data_export(root, cost(day), stamp=f"2026-09-0{day}T01:00:00.000Z", execution=f"run-{day}")
        world.land()
    assert world.query(SUM) == [(Decimal(2),)]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_refreshes_written_at_one_time_the_manifest_above_them_tells(
    world: World, order: tuple[int, int]
) -> None:
    root, month = world.source("aws_cur2"), "metadata/BILLING_PERIOD=2026-08/Manifest.json"
    for number in order:
        data_export(root, cost(number), stamp="2026-09-01T01:00:00.000Z", execution=f"run-{number}")
    assert not world.land().rejected
    assert world.query(SUM) == [(Decimal(order[-1]),)]
    (root / month).unlink()
    [outcome] = world.land().rejected
    assert "2 refreshes claim to be the current one" in outcome.message
    assert "keep only the newest" in outcome.message
    assert world.query(SUM) == [(Decimal(order[-1]),)]


def test_a_stamp_is_not_compared_with_a_time_of_arrival(world: World) -> None:
    """An export that was set to write stamped folders is followed, though its stamp is before the last arrival."""
    root = world.source("aws_cur2")
    data_export(root, cost(1))
    world.land()
    data_export(root, cost(2), stamp="2026-09-01T01:00:00.000Z", execution="run-2")
    assert len(world.land().new) == 1
    assert world.query(SUM) == [(Decimal(2),)]
    rows = world.query("select state, order_basis from finops_raw.deliveries order by sequence")
    assert rows == [("superseded", "arrival"), ("current", "folder")]


def test_a_stamped_delivery_that_comes_back_after_one_without_a_stamp_counts_again(world: World) -> None:
    """The export was set to overwrite, and back: what stands in the folder counts, although its stamp is known."""
    root = world.source("aws_cur2")
    stamp = "2026-09-01T01:00:00.000Z"
    data_export(root, cost(1), stamp=stamp)
    world.land()
    shutil.rmtree(root)
    data_export(root, cost(2), execution="run-2")
    world.land()
    assert world.query(SUM) == [(Decimal(2),)]
    shutil.rmtree(root)
    data_export(root, cost(1), stamp=stamp)
    assert len(world.land().new) == 1
    assert world.query(SUM) == [(Decimal(1),)]
    assert world.land().new == []
    rows = world.query("select state, order_basis from finops_raw.deliveries order by sequence")
    assert rows == [("superseded", "folder"), ("superseded", "arrival"), ("current", "folder")]


def test_an_older_delivery_alone_in_its_folder_is_told_of(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(2), stamp="2026-09-02T01:00:00.000Z", execution="run-2")
    world.land()
    shutil.rmtree(root)
    data_export(root, cost(1), stamp="2026-09-01T01:00:00.000Z", execution="run-1")
    (outcome,) = world.land().unchanged
    assert "older than the one that counts" in outcome.message
    assert world.query(SUM) == [(Decimal(2),)]


def test_a_refresh_without_its_manifest_is_pending_and_the_one_before_stays(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), stamp="2026-09-01T01:00:00.000Z", execution="run-1")
    late = root / "data/BILLING_PERIOD=2026-08/2026-09-02T01:00:00.000Z-run-2/export-00001.snappy.parquet"
    late.parent.mkdir()
    late.write_bytes(b"PAR1")
    result = world.land()
    assert "has no manifest yet" in result.pending[0].message
    assert not result.rejected
    assert world.query("select state from finops_raw.deliveries order by 1") == [("current",), ("pending",)]
    assert world.query(SUM) == [(Decimal(1),)]


def test_a_month_without_any_manifest_is_pending(world: World) -> None:
    path = world.source("aws_cur2") / "data/BILLING_PERIOD=2026-08/export-00001.snappy.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    result = world.land()
    assert [outcome.billing_month for outcome in result.pending] == [AUGUST]
    assert not result.rejected


def test_an_export_goes_on_under_another_name(world: World) -> None:
    root = world.source("aws_cur2")
    september = {name: str(value).replace("2026-08", "2026-09") for name, value in CUR2_LINE.items()}
    data_export(root / "export", [CUR2_LINE])
    key = "s3://bucket/prefix/renamed/data/BILLING_PERIOD=2026-09/export-00001.snappy.parquet"
    data_export(root / "renamed", [september] * 2, month="2026-09", files=[key])
    assert not world.land().rejected
    lines = "select billing_month, count(*) from finops_raw.aws_cur2 group by all order by all"
    assert [(month.month, count) for month, count in world.query(lines)] == [(8, 1), (9, 2)]


def test_names_of_folders_and_manifests_match_in_any_case(world: World) -> None:
    root = world.source("aws_cur2")
    path = data_export(root, cost(1))
    (root / "data").rename(root / "Data")
    manifest = root / "metadata/BILLING_PERIOD=2026-08/Manifest.json"
    target = root / "metadata/billing_period=2026-08/export-manifest.json"
    target.parent.mkdir()
    manifest.rename(target)
    assert not path.exists()
    assert len(world.land().new) == 1


def test_the_legacy_report_follows_the_manifest_of_its_month(world: World) -> None:
    root = world.source("aws_cur_legacy")
    legacy_report(root, [LEGACY_LINE], "first-uuid")
    world.land()
    legacy_report(root, [{**LEGACY_LINE, "lineItem/UnblendedCost": "8"}], "second-uuid")
    world.land()
    assert world.query("select sum(line_item_unblended_cost) from finops_raw.aws_cur_legacy") == [(Decimal(8),)]
    assert len(world.ledger().deliveries) == 2


def test_legacy_assembly_ids_that_are_times_give_the_order(world: World) -> None:
    root = world.source("aws_cur_legacy")
    legacy_report(root, [{**LEGACY_LINE, "lineItem/UnblendedCost": "8"}], "20260902T010000Z")
    legacy_report(root, [LEGACY_LINE], "20260901T010000Z")
    world.land()
    assert world.query("select sum(line_item_unblended_cost) from finops_raw.aws_cur_legacy") == [(Decimal(8),)]
    assert {delivery.order_basis for delivery in world.ledger().deliveries} == {"folder"}


def test_a_bare_folder_is_ordered_by_arrival_even_when_an_old_content_comes_back(world: World) -> None:
    root = world.source("focus")
    for cost_text in ("1", "2", "1"):
        write_csv(root / "bill.csv", [{**FOCUS_LINE, "BilledCost": cost_text}])
        assert len(world.land().new) == 1
    assert world.query("select sum(BilledCost) from finops_raw.focus") == [(Decimal(1),)]
    rows = world.query("select sequence, state, order_basis from finops_raw.deliveries order by 1")
    assert rows == [(1, "superseded", "arrival"), (2, "superseded", "arrival"), (3, "current", "arrival")]
    ids = world.query("select delivery_id from finops_raw.deliveries order by sequence")
    assert ids == sorted(set(ids))


def test_a_bare_folder_replaces_the_months_that_it_holds_and_no_other(world: World) -> None:
    root = world.source("focus")
    july = {**FOCUS_LINE, "BillingPeriodStart": "2026-07-01T00:00:00Z", "BilledCost": "10"}
    write_csv(root / "bill.csv", [july, FOCUS_LINE])
    world.land()
    write_csv(root / "bill.csv", [{**FOCUS_LINE, "BilledCost": "3"}])
    world.land()
    rows = world.query("select billing_month, sum(BilledCost), count(*) from finops_raw.focus group by 1 order by 1")
    assert rows == [(date(2026, 7, 1), Decimal(10), 1), (AUGUST, Decimal(3), 1)]


def test_a_month_that_goes_from_a_bare_folder_still_counts_and_is_told_until_it_is_closed(world: World) -> None:
    root = world.source("focus")
    july = {**FOCUS_LINE, "BillingPeriodStart": "2026-07-01T00:00:00Z", "BilledCost": "10"}
    write_csv(root / "07.csv", [july])
    write_csv(root / "08.csv", [FOCUS_LINE])
    assert world.land().warnings == []
    (root / "07.csv").unlink()
    for _ in ("as it goes", "and as long as it is gone"):
        (told,) = world.land().warnings
        assert told.startswith("Source bills: the newest snapshot in ")
        assert "has no line of 2026-07 any more" in told
        assert "bring them back" in told
    assert world.query("select sum(BilledCost) from finops_raw.focus") == [(Decimal("11.5"),)]
    entries = [Entry(date(2026, 7, 1), date(2026, 7, 1), world.ledger().newest("bills").delivery_id, 1)]
    record_close(world.settings, Close("bills", date(2026, 7, 1), CLOSED, now(), "Ada", "due", "p1", entries))
    assert world.land().warnings == []


def test_a_month_that_comes_back_is_no_longer_told(world: World) -> None:
    root = world.source("focus")
    july = {**FOCUS_LINE, "BillingPeriodStart": "2026-07-01T00:00:00Z", "BilledCost": "10"}
    write_csv(root / "08.csv", [FOCUS_LINE])
    for is_there in (True, False, True):
        write_csv(root / "07.csv", [july]) if is_there else (root / "07.csv").unlink()
        assert len(world.land().warnings) == (not is_there)


def test_folders_of_months_that_were_cleared_away_are_nothing_to_tell(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), month="2026-08")
    september = {"bill_billing_period_start_date": "2026-09-01 00:00:00"}
    data_export(root, [{**CUR2_LINE, **september}], month="2026-09")
    world.land()
    shutil.rmtree(root / "data/BILLING_PERIOD=2026-08")
    shutil.rmtree(root / "metadata/BILLING_PERIOD=2026-08")
    assert world.land().warnings == []


def test_a_month_emptied_is_a_delivery_of_no_lines(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), execution="run-1")
    world.land()
    data_export(root, [], execution="run-2")
    assert world.land().new[0].delivery.row_count == 0
    assert world.query("select count(*) from finops_raw.aws_cur2") == [(0,)]
    data_export(root, cost(4), execution="run-3")
    data_export(root, cost(4), execution="run-4", files=[])
    assert world.land().new[0].delivery.files == []


def test_a_source_removed_has_no_current_months_and_loses_nothing(world: World) -> None:
    data_export(world.source("aws_cur2", "old"), cost(1))
    data_export(world.source("aws_cur2", "kept"), cost(2))
    world.land()
    world.sources = [item for item in world.sources if item["name"] == "kept"]
    world.write_sources()
    world.land()
    assert list(world.ledger().current()) == [("kept", AUGUST)]
    assert list((world.settings.raw_dir / "old").glob("*/*.parquet"))
    world.source("aws_cur2", "old")
    assert set(world.ledger().current()) == {("kept", AUGUST), ("old", AUGUST)}


def test_only_the_months_asked_for_are_looked_at(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1))
    july = {**CUR2_LINE, "bill_billing_period_start_date": "2026-07-01 00:00:00"}
    data_export(root, [july], month="2026-07", execution="run-7")
    result = land(world.settings, months=[date(2026, 7, 1)])
    assert [outcome.billing_month for outcome in result.new] == [date(2026, 7, 1)]


def test_the_front_door_can_refuse_a_delivery_beside_the_current_one(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), execution="run-1")
    seen: list[tuple[int, int | None]] = []

    def inspect(delivery: Delivery, current: Delivery | None) -> None:
        seen.append((delivery.row_count, current.row_count if current else None))
        if current is not None:
            raise DeliveryRejected("Source bills: half of the lines are gone; ask the provider.")

    land(world.settings, inspect=inspect)
    data_export(root, cost(2) * 2, execution="run-2")
    result = land(world.settings, inspect=inspect)
    assert seen == [(1, None), (2, 1)]
    assert result.rejected[0].message.startswith("Source bills: half of the lines are gone")
    assert world.query(SUM) == [(Decimal(1),)]


def test_a_bad_refresh_falls_back_to_the_one_before_at_first_sight(world: World) -> None:
    root = world.source("aws_cur2")
    data_export(root, cost(1), stamp="2026-09-01T01:00:00.000Z", execution="run-1")
    data_export(root, cost(2), stamp="2026-09-02T01:00:00.000Z", execution="run-2").write_bytes(b"PAR1")
    result = world.land()
    assert (len(result.new), len(result.rejected)) == (1, 1)
    assert world.query(SUM) == [(Decimal(1),)]


def test_raw_keeps_the_current_and_the_previous_delivery_and_the_ledger_keeps_all(world: World) -> None:
    root = world.source("aws_cur2")
    for number in (1, 2, 3):
        data_export(root, cost(number), execution=f"run-{number}")
        world.land()
    assert prune_raw(world.settings) == []
    world.settings = type(world.settings)(**{**vars(world.settings), "raw_keep_days": 0})
    assert len(prune_raw(world.settings)) == 1
    rows = world.query("""
        select state, is_raw_kept, raw_cost
        from finops_raw.deliveries join finops_raw.delivery_service_costs using (source_name, delivery_id)
        order by sequence
    """)
    assert rows == [
        ("superseded", False, Decimal(1)),
        ("superseded", True, Decimal(2)),
        ("current", True, Decimal(3)),
    ]


def test_raw_files_are_copies_that_nobody_writes_to(world: World) -> None:
    path = data_export(world.source("aws_cur2"), cost(1))
    world.land()
    raw = next(world.settings.raw_dir.glob("bills/*/*.parquet"))
    assert raw.read_bytes() == path.read_bytes()
    assert raw.stat().st_mode & 0o222 == 0
    assert (raw.is_symlink(), raw.stat().st_nlink) == (False, 1)


def test_a_file_that_changes_while_it_is_copied_is_pending(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE])
    looks = iter(range(1, 99))
    monkeypatch.setattr(DeliveredFile, "look", lambda file: (file.size, str(next(looks))))
    result = world.land()
    assert "changed while it was copied" in result.pending[0].message
    monkeypatch.undo()
    assert len(world.land().new) == 1


def test_a_file_that_is_still_downloaded_is_waited_for(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "a.csv", [FOCUS_LINE])
    (root / "b.csv.part").write_text("x")
    result = world.land()
    assert "'b.csv.part' is still being written" in result.pending[0].message
    assert (result.new, result.rejected) == ([], [])
