"""What `story.yml` says happened can be seen in the bill, and what people say of it holds."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orchestration.simulator.story import SURPRISES

from .asking import Ask

if TYPE_CHECKING:
    from orchestration.simulator import Simulation

COLUMN = {"sub_account": "sub_account_id"}
DAY = "select coalesce(sum(effective_cost), 0) from lines where kind like '%usage' and "


def facts(demo: Simulation, name: str) -> list[dict[str, str]]:
    with (demo.out / "exports" / name / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def events(ask: Ask, demo: Simulation) -> dict[str, tuple[str, date, date | None]]:
    rows = ask(
        f"select event_id, event_kind, onset_date, last_date from read_parquet('{demo.out}/truth/events.parquet')"
    )
    return {row[0]: row[1:] for row in rows}


def test_one_of_each_kind_of_surprise_happens(events: dict[str, tuple[str, date, date | None]]) -> None:
    assert sorted(kind for kind, *_ in events.values() if kind in SURPRISES) == sorted(SURPRISES)


def daily(ask: Ask, where: str, day: date) -> float:
    return float(ask(f"{DAY} {where} and cast(charge_start as date) = date '{day}'")[0][0])


@pytest.mark.parametrize(
    ("event", "where", "least", "most"),
    [
        ("runaway-job", "sub_account_id = '034418820716'", 8, 99),
        ("cdn-outage", "sub_account_id = '004471120093' and kind = 'usage'", 0.1, 0.6),
        ("meter-failed", "source_name = 'lumen_ai'", 0, 0),
        ("bedrock-trial", "sub_account_id = '335509921174'", 1.2, 1.6),
    ],
)
def test_a_surprise_shows_on_its_first_day(
    ask: Ask, events: dict[str, tuple[str, date, date | None]], event: str, where: str, least: float, most: float
) -> None:
    first = events[event][1]
    before = daily(ask, where, first - timedelta(days=7))
    assert before > 0
    assert least <= daily(ask, where, first) / before <= most


def test_a_snapshot_more_every_day_until_they_are_removed(
    ask: Ask, events: dict[str, tuple[str, date, date | None]]
) -> None:
    _, first, last = events["snapshots-kept"]
    assert last is not None
    kept = ask("""
        select cast(line_item_usage_start_date as date) as day, count(*) from cur
        where line_item_usage_type = 'EBS:SnapshotUsage' group by all order by all""")
    assert kept == [(first + timedelta(days=number), number + 1) for number in range((last - first).days + 1)]


def test_what_was_announced_and_done_is_not_a_surprise(
    demo: Simulation, events: dict[str, tuple[str, date, date | None]]
) -> None:
    announced = {row["start_date"] for row in facts(demo, "planned_changes") if row["change_status"] == "done"}
    decided = {name for name, (kind, *_) in events.items() if kind not in SURPRISES}
    assert {str(events[name][1]) for name in decided} - announced == {str(events["buckets-removed"][1])}


def test_measured_savings_are_those_of_the_bill(ask: Ask, demo: Simulation) -> None:
    """The mean of a day in the four weeks before and after, on net cost, times the days of a month."""
    cost = """
        select coalesce(sum(coalesce(line_item_net_unblended_cost, line_item_unblended_cost)), 0) / 28 * 365 / 12
        from cur where line_item_resource_id = '{0}' and line_item_usage_start_date >= date '{1}'
            and line_item_usage_start_date < date '{2}'"""
    checked = 0
    for row in facts(demo, "recommendations"):
        if row["recommendation_status"] == "verified" and row["is_automated"] == "false":
            done = date.fromisoformat(row["implemented_date"])
            if done - timedelta(days=28) >= date(2026, 5, 1):
                before, after = (
                    float(ask(cost.format(row["resource_id"], begin, begin + timedelta(days=28)))[0][0])
                    for begin in (done - timedelta(days=28), done)
                )
                assert before > 0, row
                # the data lake grows by 4 % a month meanwhile
                assert float(row["realized_monthly_savings_cost"]) == pytest.approx(before - after, rel=0.12, abs=3), (
                    row
                )
                checked += 1
    assert checked == 3


def test_every_resource_that_somebody_names_is_on_the_bill(ask: Ask, demo: Simulation) -> None:
    billed = {row[0] for row in ask("select distinct line_item_resource_id from cur")}
    named = {row["resource_id"] for row in facts(demo, "recommendations")} | {
        row["subject_id"] for row in facts(demo, "approvals") if row["subject_id"].startswith("arn:")
    }
    assert named - {""} <= billed
    assert len(named) > 10
