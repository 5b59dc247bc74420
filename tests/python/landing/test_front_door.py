"""What the front door refuses by the counts of the landing: a line that lacks what every line must have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.inspection import FrontDoor
from orchestration.landing import land
from orchestration.landing.__main__ import main as command

from .world import CUR2_LINE, CUR2_TYPES, FOCUS_LINE, World, write_csv, write_parquet

if TYPE_CHECKING:
    from orchestration.landing import LandingResult

PLAN = {**CUR2_LINE, "line_item_line_item_type": "SavingsPlanCoveredUsage"}
RESERVED = {**CUR2_LINE, "line_item_line_item_type": "DiscountedUsage"}
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"


def judged(world: World) -> LandingResult:
    """Land with the front door at work."""
    return land(world.settings, inspect=FrontDoor(world.settings).inspect)


def empty(column: str, count: int = 1, line: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Write a hundred lines, of which `count` lack a value."""
    line = line or (FOCUS_LINE if column in FOCUS_LINE else CUR2_LINE)
    return [{**line, column: None if number < count else line[column]} for number in range(100)]


@pytest.mark.parametrize("column", ["BilledCost", "EffectiveCost", "ChargePeriodStart", "ChargeCategory"])
def test_a_focus_delivery_is_put_aside_alone(world: World, column: str) -> None:
    write_csv(world.source("focus") / "bill.csv", empty(column, 3))
    write_csv(world.source("focus", "good") / "bill.csv", [FOCUS_LINE])
    result = judged(world)
    assert [outcome.source_name for outcome in result.new] == ["good"]
    (outcome,) = result.rejected
    assert "Source bills, month 2026-08: refused at the front door" in outcome.message
    assert f"{column} is empty in 3 lines." in outcome.message


def test_a_required_cost_that_is_no_number_is_named_with_its_row(world: World) -> None:
    """Statistics as pyarrow writes them leave NaN out, and the engine believes them."""
    lines = [FOCUS_LINE | {"EffectiveCost": 1.5}, FOCUS_LINE | {"EffectiveCost": float("nan")}]
    pq.write_table(pa.Table.from_pylist(lines), world.source("focus") / "bill.parquet")
    (outcome,) = judged(world).rejected
    assert "row 2, column 'EffectiveCost' has the value 'nan', which is not a number" in outcome.message


@pytest.mark.parametrize("currency", ["USD ", "usd", " EUR", "Credits "])
def test_a_currency_with_a_blank_is_no_currency_of_its_own(world: World, currency: str) -> None:
    write_csv(world.source("focus") / "bill.csv", [FOCUS_LINE | {"BillingCurrency": currency}])
    (outcome,) = judged(world).rejected
    assert f"It is written as '{currency}': three capitals as USD" in outcome.message


@pytest.mark.parametrize(
    ("column", "lines"),
    [
        *((name, empty(name)) for name in CUR2_LINE if name.endswith(("_cost", "usage_start_date", "item_type"))),
        ("line_item_line_item_type", empty("line_item_line_item_type", 1, {**CUR2_LINE, "line_item_operation": ""})),
        ("savings_plan_savings_plan_effective_cost", [PLAN]),
        ("savings_plan_savings_plan_effective_cost", [{**PLAN, "savings_plan_savings_plan_effective_cost": None}]),
        ("reservation_effective_cost", [{**RESERVED, "reservation_effective_cost": None}, CUR2_LINE]),
    ],
)
def test_an_aws_line_that_lacks_a_required_value_is_refused(
    world: World, column: str, lines: list[dict[str, Any]]
) -> None:
    types = {**CUR2_TYPES, "reservation_effective_cost": "double"}
    write_parquet(world.source("aws_cur2") / "bill.parquet", lines, types)
    (outcome,) = judged(world).rejected
    assert f"{column} is empty in 1 line." in outcome.message


def test_lines_without_a_commitment_need_none_of_its_costs(world: World) -> None:
    costs = {"savings_plan_savings_plan_effective_cost": 0.0, "reservation_effective_cost": None}
    lines = [{**PLAN, **costs}, {**CUR2_LINE, **dict.fromkeys(costs)}]
    write_parquet(world.source("aws_cur2") / "bill.parquet", lines)
    assert not judged(world).rejected


def test_a_few_lines_without_an_account_are_taken_and_many_are_not(world: World) -> None:
    write_csv(world.source("focus", "few") / "bill.csv", empty("BillingAccountId", 4))
    write_csv(world.source("focus", "many") / "bill.csv", empty("BillingAccountId", 5))
    result = judged(world)
    assert [outcome.source_name for outcome in result.new] == ["few"]
    assert "The account is empty in 5 lines." in result.rejected[0].message


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real sample exports is not beside the project")
@pytest.mark.parametrize(("fmt", "folder"), [("focus", "focus_1_0"), ("aws_cur_legacy", "aws_cur_legacy")])
def test_real_exports_pass(world: World, fmt: str, folder: str) -> None:
    world.source(fmt, "sample")
    world.sources[0]["uri"] = str(SAMPLES / folder)
    world.write_sources()
    assert not judged(world).rejected


def test_the_command_that_only_lands_has_the_front_door(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(world.source("focus") / "bill.csv", empty("EffectiveCost", 3))
    write_csv(world.source("focus", "good") / "bill.csv", [FOCUS_LINE, FOCUS_LINE])
    monkeypatch.setenv("FINOPS_HOME", str(world.settings.home))
    monkeypatch.setenv("FINOPS_SOURCES", str(world.settings.sources_file))
    assert command() == 0
    shown = capsys.readouterr()
    assert re.search(r"^bills +\? +rejected", shown.out, re.MULTILINE)
    assert "Source bills, month 2026-08: refused at the front door" in shown.err
    assert "No two rows are fully identical" in shown.err
    assert [name for name, _ in world.ledger().current()] == ["good"]
