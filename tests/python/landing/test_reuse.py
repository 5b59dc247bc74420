"""A growing folder: what an earlier delivery brought is linked, and linked files hold what was delivered, no less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .test_oracle import _line, _report
from .world import FOCUS_LINE, World, write_csv

if TYPE_CHECKING:
    from orchestration.landing import Delivery


def links(world: World, delivery: Delivery) -> dict[str, int]:
    """Count the names that each raw file of a delivery has on the disk."""
    folder = world.settings.raw_dir / delivery.raw_folder
    return {file.origin: (folder / file.path).stat().st_nlink for file in delivery.files}


def test_files_that_are_known_are_linked(world: World) -> None:
    root = world.source("focus")
    write_csv(root / "1.csv", [FOCUS_LINE])
    world.land()
    write_csv(root / "2.csv", [{**FOCUS_LINE, "ResourceId": "other"}])
    second = world.land().new[0].delivery
    assert links(world, second) == {"1.csv": 2, "2.csv": 1}
    assert second.row_count == 2
    assert second.files[0].bytes == (root / "1.csv").stat().st_size


def test_a_line_whose_later_copy_is_gone_comes_back(world: World) -> None:
    """The second delivery takes line 1 out of the first file; the third must not link that shortened file."""
    root = world.source("oci_cost")
    _report(root, "2026/09/01", "0001", [_line("ref-1"), _line("ref-2")])
    world.land()
    _report(root, "2026/09/02", "0002", [_line("ref-1", myCost="7"), _line("ref-3")])
    assert sum(outcome.delivery.row_count for outcome in world.land().new) == 3
    (root / "reports/2026/09/02/0002.csv.gz").unlink()
    _report(root, "2026/09/03", "0003", [_line("ref-4")])
    assert sum(outcome.delivery.row_count for outcome in world.land().new) == 3, "1 and 2 of the first file, and 4"
