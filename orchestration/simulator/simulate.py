"""Simulate the company: all exports and the truth into one folder, or nothing if that has been done already.

Belongs here: the parameters, writing aside and renaming, and the stamp that says what a folder holds. Does not belong
here: any format (`cur2`, `saas`).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from . import ai_vendor, azure, business, gcp, oci, opencost, saas
from .company import commitments
from .cur2 import EXPORT_NAME, Company, commitment_truth, usage_count, write_delivery
from .engine import connect, megabytes
from .fleet import resources
from .layout import Export
from .periods import Month, calendar, story_start
from .story import write_events
from .truth import write_commitments, write_deliveries, write_totals
from .usage import load_month

STAMP = "simulation.json"

Write = Callable[[duckdb.DuckDBPyConnection, Path, Path, list[Month], int, int], list[tuple]]
"""Write one vendor's exports below the first folder and the truth about its lines into the second, for so many months,
a seed and copies of the company; return rows of `truth.write_commitments`."""
VENDORS: tuple[Write, ...] = (azure.write, gcp.write, oci.write, saas.write, ai_vendor.write, opencost.write)
"""Everybody who bills the company, besides AWS."""
_HOURLY_FEE_LINES = 3.2


class SimulationError(Exception):
    """A simulation cannot be written where it was asked for; the message says why and what to do."""


@dataclass(frozen=True)
class Parameters:
    """What decides every byte of a simulation; `lines` asks for AWS lines over all deliveries, 0 for the demo.

    The story of the company begins after the first `quiet` of its `months`.
    """

    seed: int = 20260501
    start: str = "2026-05"
    months: int = 6
    lines: int = 0
    quiet: int = 0

    @property
    def today(self) -> datetime:
        """The moment that the company lives in: when its newest bill was written."""
        return _known_until(calendar(self.start, self.months, self.seed, self.quiet))


@dataclass(frozen=True)
class Simulation:
    """Where a simulation is; `is_new` is false if it was there already."""

    out: Path
    parameters: Parameters
    copies: int
    aws_rows: int
    is_new: bool

    @property
    def today(self) -> datetime:
        """The moment that the company lives in."""
        return self.parameters.today


def _known_until(months: list[Month]) -> datetime:
    return months[-1].start + timedelta(hours=months[-1].refreshes[-1].hours)


def _generator_version() -> str:
    """Return a fingerprint of this package: exports of an older generator are made again."""
    digest = hashlib.md5(usedforsecurity=False)
    for path in sorted(Path(__file__).parent.glob("*")):
        if path.suffix in {".py", ".yml"}:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp(parameters: Parameters) -> dict[str, object]:
    return {"generator": _generator_version(), **asdict(parameters)}


def _existing(out: Path, parameters: Parameters) -> Simulation | None:
    """Return the finished simulation in `out` if it is the one asked for; SimulationError if it holds other files."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    stamp = out / STAMP
    if not stamp.is_file():
        raise SimulationError(
            f"The simulator will not write to {out}: the folder is not empty and holds no {STAMP}, so its files "
            "are not the simulator's to replace. Name another folder, or remove this one."
        )
    content = json.loads(stamp.read_text(encoding="utf-8"))
    if any(content.get(key) != value for key, value in _stamp(parameters).items()):
        return None
    return Simulation(out, parameters, content["copies"], content["aws_rows"], is_new=False)


def simulate(
    out: Path,
    *,
    seed: int = Parameters.seed,
    start: str = Parameters.start,
    months: int = Parameters.months,
    lines: int = Parameters.lines,
    quiet: int = Parameters.quiet,
    memory_limit: str = "1500MB",
    threads: int = 2,
) -> Simulation:
    """Write the exports of every vendor below `out`/exports, and `out`/truth; return at once if they are there.

    `lines` asks for about that many AWS lines over all deliveries (0: one copy of the company, the demo). Memory stays
    within `memory_limit` for all `threads` together, whatever the lines. The same parameters give the same bytes. An
    older simulation in `out` is replaced; SimulationError if `out` holds anything else, ValueError for a start that is
    not `YYYY-MM` or no months.
    """
    parameters = Parameters(seed=int(seed), start=str(start), months=int(months), lines=int(lines), quiet=int(quiet))
    out = Path(out).absolute()
    done = _existing(out, parameters)
    if done is not None:
        return done
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        copies, rows = _write(aside, parameters, megabytes(memory_limit), max(1, threads))
        shutil.rmtree(aside / "spill", ignore_errors=True)
        stamp = _stamp(parameters) | {"copies": copies, "aws_rows": rows}
        (aside / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
        _swap(aside, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Simulation(out, parameters, copies, rows, is_new=True)


def _swap(aside: Path, out: Path) -> None:
    if out.exists():
        old = aside.with_suffix(".old")
        shutil.rmtree(old, ignore_errors=True)
        out.rename(old)
        aside.rename(out)
        shutil.rmtree(old)
    else:
        aside.rename(out)


def _copies(con: duckdb.DuckDBPyConnection, company: Company, months: list[Month], lines: int) -> int:
    """Return how many copies of the company make about so many AWS lines; fees do not grow with the copies."""
    usage, fee_lines = 0, 0
    for month in months:
        load_month(con, month, company.fleet, company.bought)
        usage += sum(usage_count(con, company, month, refresh) for refresh in month.refreshes)
        fee_lines += sum(int(refresh.hours * _HOURLY_FEE_LINES) for refresh in month.refreshes)
    return max(1, round((lines - fee_lines) / max(1, usage)))


def _write(folder: Path, parameters: Parameters, memory_mb: int, threads: int) -> tuple[int, int]:
    """Write everything, each month in a session of its own, so many at a time; return copies and AWS lines."""
    months = calendar(parameters.start, parameters.months, parameters.seed, parameters.quiet)
    story = story_start(parameters.start, parameters.quiet)
    company = Company(resources(story), commitments(story, parameters.seed), parameters.seed)
    export, truth = Export(folder / "exports" / "aws_payer", EXPORT_NAME), folder / "truth"
    if parameters.lines:
        with connect(memory_mb, folder / "spill") as con:
            company = replace(company, copies=_copies(con, company, months, parameters.lines))

    def write_month(month: Month) -> tuple[list[dict[str, object]], list[tuple]]:
        with connect(memory_mb // threads, folder / "spill") as con:
            load_month(con, month, company.fleet, company.bought)
            deliveries = [
                write_delivery(con, company, export, month, refresh, truth if refresh is month.refreshes[-1] else None)
                for refresh in month.refreshes
            ]
            return deliveries, [("aws_payer", "USD", *row) for row in commitment_truth(con, company, month)]

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(write_month, months))
    deliveries = [delivery for some, _ in done for delivery in some]
    with connect(memory_mb, folder / "spill") as con:
        rows = [row for _, some in done for row in some]
        for vendor in VENDORS:
            rows += vendor(con, folder / "exports", truth, months, company.seed, company.copies)
        business.write(con, folder / "exports", export, months, company)
        write_commitments(con, rows, truth)
        write_deliveries(con, deliveries, truth)
        write_totals(con, truth)
        write_events(con, story, _known_until(months), truth)
    return company.copies, sum(delivery["row_count"] for delivery in deliveries)
