"""Exports of the providers of the sample company, by its simulator: as many copies of it as make the lines wanted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import duckdb

from orchestration.landing.engine import read_parquet
from orchestration.simulator.engine import connect
from orchestration.simulator.periods import calendar

_START, _MONTHS, _SEED, _MEGABYTES = "2025-01", 12, 1, 1500


def simulated(vendor: ModuleType) -> Callable[[Path, int, Path], None]:
    """Give the function that writes about so many lines of this vendor (`write`, `SOURCE_NAME`) into a folder."""

    def write(out: Path, lines: int, exports: Path) -> None:  # noqa: ARG001  (what every writer is given)
        one = _lines(vendor, out.with_name(f"{out.name}.one"), 1)
        _lines(vendor, out.with_name(f"{out.name}.all"), max(1, round(lines / one)), keep=out)

    return write


def _lines(vendor: ModuleType, folder: Path, copies: int, keep: Path | None = None) -> int:
    """Write a year of exports; move them to `keep`, if given; return the lines that their truth knows."""
    shutil.rmtree(folder, ignore_errors=True)
    truth = folder / "truth"
    truth.mkdir(parents=True)
    most = getattr(vendor, "_MAX_COPIES", None)
    try:
        if most is not None:  # the sample company stays small however large AWS is; the benchmark may not
            vendor._MAX_COPIES = max(most, copies)  # noqa: SLF001
        with connect(_MEGABYTES, folder / "spill") as con:
            vendor.write(con, folder / "exports", truth, calendar(_START, _MONTHS, _SEED), _SEED, copies)
    finally:
        if most is not None:
            vendor._MAX_COPIES = most  # noqa: SLF001
    with duckdb.connect() as con:
        found = con.execute(f"select count(*) from {read_parquet(sorted(truth.glob('lines-*.parquet')))}").fetchone()[0]
    if keep is not None:
        (folder / "exports" / vendor.SOURCE_NAME).rename(keep)
    shutil.rmtree(folder)
    return found
