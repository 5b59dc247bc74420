"""Rules of a closed month stand: what changes for later is free, what reaches back is refused with file and row."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.errors import FinopsError
from orchestration.landing.closed_rules import keep_rules, refuse_changed_rules
from orchestration.landing.closes import CLOSED, Close
from orchestration.landing.ledger import record_close

if TYPE_CHECKING:
    from .world import World

AUGUST = date(2026, 8, 1)
HEADER = "dimension,tag_key,priority,valid_from,valid_to"
BEFORE = ["team,squad,1,,", "team,crew,2,2026-07-01,2026-08-10", "product,app,1,2026-09-01,"]


def write(world: World, rows: list[str]) -> None:
    world.settings.rules_dir.mkdir(parents=True, exist_ok=True)
    (world.settings.rules_dir / "tag_keys.csv").write_text("\n".join([HEADER, *rows, ""]))


@pytest.fixture
def closed(world: World) -> World:
    """Give a world whose August was closed under the rules `BEFORE`."""
    world.source("focus")
    (world.root / "rules").mkdir()
    world.__post_init__()  # the folder of rules is found beside sources.yml
    write(world, BEFORE)
    at = datetime(2026, 10, 1)  # noqa: DTZ001
    close = Close("bills", AUGUST, CLOSED, at, "Ada", "due", "p1", rules=keep_rules(world.settings, AUGUST))
    record_close(world.settings, close)
    refuse_changed_rules(world.settings, world.ledger())
    return world


@pytest.mark.parametrize(
    "rows",
    [
        [BEFORE[1], BEFORE[2], BEFORE[0]],
        ["team,squad,1,2020-01-01,2026-09-01", *BEFORE[1:], "team,tribe,1,2026-09-01,"],
        [BEFORE[0], "team,crew,2,2026-08-01,2026-08-10", "product,app,7,2027-01-01,"],
        [*BEFORE, "cost_center,cc,1,,2026-08-01"],
    ],
    ids=["in another order", "ended and replaced later", "changed outside of the month", "new for before"],
)
def test_what_does_not_touch_the_month_is_free(closed: World, rows: list[str]) -> None:
    write(closed, rows)
    refuse_changed_rules(closed.settings, closed.ledger())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*BEFORE, "cost_center,cc,1,,"], r"tag_keys.csv', line 5 \(.*tag_key cc\): it holds in 2026-08"),
        (["team,squad,3,,", *BEFORE[1:]], r"line 2 \(dimension team, priority 3, tag_key squad\)"),
        (BEFORE[1:], r"the row dimension team, priority 1, tag_key squad held in 2026-08"),
        ([BEFORE[0], BEFORE[2]], r"tag_key crew held in 2026-08"),
        (["team,squad,1,,2026-08-31", *BEFORE[1:]], r"line 2 .* Give it a valid_from of 2026-09-01 or later"),
        ([*BEFORE[:2], "product,app,1,2026-08-31,"], r"line 4 .*or reopen the month first \(make reopen MONTH=2026-08"),
    ],
    ids=["new", "changed", "gone", "one that ended in it", "ended within it", "begun within it"],
)
def test_what_reaches_into_the_month_is_refused(closed: World, rows: list[str], words: str) -> None:
    write(closed, rows)
    with pytest.raises(FinopsError, match=words):
        refuse_changed_rules(closed.settings, closed.ledger())


def test_tolerances_decide_no_figure(closed: World) -> None:
    (closed.settings.rules_dir / "invoice_tolerances.csv").write_text(
        "billing_currency,tolerance_cost,valid_from,valid_to\nUSD,1,,\n"
    )
    refuse_changed_rules(closed.settings, closed.ledger())


def test_a_month_that_was_closed_before_rules_were_kept_is_left_alone(world: World) -> None:
    world.source("focus")
    record_close(world.settings, Close("bills", AUGUST, CLOSED, datetime(2026, 10, 1), "Ada", "due", "p1"))  # noqa: DTZ001
    refuse_changed_rules(world.settings, world.ledger())
