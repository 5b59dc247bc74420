"""Real exports of other people, where they lie beside the project: the sums that their publishers' files have."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .world import World

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real sample exports is not beside the project")
@pytest.mark.parametrize(
    ("fmt", "folder", "lines", "delivered", "rounded"),
    [
        ("focus", "focus_1_0", 1000, "20.52022672899", "20.520226762"),
        ("aws_cur_legacy", "aws_cur_legacy", 1281, "1.6823086974", "1.682308713"),
    ],
)
def test_the_delivered_cost_of_real_exports_is_right_to_the_last_digit(
    world: World, fmt: str, folder: str, lines: int, delivered: str, rounded: str
) -> None:
    world.source(fmt, "sample")
    world.sources[0]["uri"] = str(SAMPLES / folder)
    world.write_sources()
    assert not world.land().rejected
    sums = "select sum(row_count), sum(delivered_cost), sum(raw_cost) from finops_raw.delivery_costs"
    assert world.query(sums) == [(lines, Decimal(delivered), Decimal(rounded))]
    column = "BilledCost" if fmt == "focus" else "line_item_unblended_cost"
    assert world.query(f"select count(*), sum({column}) from finops_raw.{fmt}") == [(lines, Decimal(rounded))]
