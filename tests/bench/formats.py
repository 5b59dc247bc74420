"""`python -m tests.bench.formats`: every format's full way, land to publish, a line each; and a race on the same file.

Belongs here: what is run, what the numbers mean, and the table. The exports are in `exports`, one run of the product in
`product`, the other runners in `own` and `converter`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench import data, exports, product
from tests.bench.__main__ import LIMITS, PLAIN, say
from tests.bench.converter import race
from tests.bench.figures import best, peak
from tests.bench.process import PROJECT, BenchError, run

_SMALL = 1_000
_SHOWN = ("land", "build", "stage", "audit", "analyses", "lines")
_NOTES = (
    "Seconds are those of a million lines. lines/s: without line-level files and analyses; with files: with the former",
    "(lines); all: with both. Analyses are the forecasts and anomalies of a first run: they go by scope, not by line.",
)
WANTED_LINES, WANTED_MEGABYTES, WANTED_RATIO, WANTED_RACE = 1_000_000, 100, 0.5, 20


@dataclass
class Measured:
    """One format. All seconds are those of the full export less those of the small one: without the fixed part."""

    export: exports.Export
    full: list[product.Run]
    small: list[product.Run]
    own: list[dict[str, float]] = field(default_factory=list)
    """DuckDB's own way of the same files: each run of the full export less that of the small one."""

    @property
    def rows(self) -> int:
        """Lines of the full export."""
        return self.full[0].rows

    @property
    def _more_rows(self) -> int:
        return self.rows - self.small[0].rows

    @property
    def step_seconds(self) -> dict[str, float]:
        """Seconds of each step, and of the parts of steps, which the steps are then without."""
        return _apart(_less(best(self.full).steps, best(self.small).steps))

    @property
    def step_cpu_seconds(self) -> dict[str, float]:
        """Processor seconds of the same."""
        return _apart(_less(*(min(runs, key=lambda run: run.cpu_seconds).cpu for runs in (self.full, self.small))))

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of all of it."""
        return sum(self.step_cpu_seconds.values())

    @property
    def seconds(self) -> float:
        """Seconds of all of it."""
        return best(self.full).work - best(self.small).work

    @property
    def rate(self) -> float:
        """Lines per second, line level and analyses apart; 0 where there are too few lines to tell."""
        return _ratio(self._more_rows, sum(self.step_seconds[name] for name in product.STEPS))

    @property
    def line_rate(self) -> float:
        """Lines per second, line level too."""
        return _ratio(self._more_rows, self.seconds - self.step_seconds["analyses"])

    @property
    def whole_rate(self) -> float:
        """Lines per second of all of it."""
        return _ratio(self._more_rows, self.seconds)

    @property
    def megabytes(self) -> float:
        """Megabytes of text that the landing takes in a second."""
        return _ratio(self.own[0]["text_bytes"] / 1e6, self.step_seconds["land"])

    @property
    def against_own(self) -> float:
        """How fast we are, where DuckDB's own way is 1: the landing of text; of Parquet, all but the analyses."""
        ours = self.step_seconds["land"] if self.export.is_text else self.seconds - self.step_seconds["analyses"]
        return _ratio(min(item["seconds"] for item in self.own), ours)

    @property
    def cpu_against_own(self) -> float:
        """The same by processor seconds, which other work on the machine hardly moves."""
        took = self.step_cpu_seconds
        ours = took["land"] if self.export.is_text else self.cpu_seconds - took["analyses"]
        return _ratio(min(item["cpu_seconds"] for item in self.own), ours)

    @property
    def own_rate(self) -> float:
        """Lines per second that DuckDB alone reads and writes."""
        return _ratio(self._more_rows, min(item["seconds"] for item in self.own))

    def as_dict(self) -> dict[str, object]:
        """Return all of it for the JSON file."""
        runs = {name: [item.as_dict() for item in getattr(self, name)] for name in ("full", "small")}
        figures = ("rows", "rate", "line_rate", "whole_rate", "step_seconds", "step_cpu_seconds")
        figures += ("megabytes", "own_rate", "against_own", "cpu_against_own", "own")
        return {"format": self.export.key, **{name: getattr(self, name) for name in figures}, **runs}


class Bench:
    """The runs; `folder` keeps the exports, all else in it is gone at the end."""

    def __init__(self, folder: Path, lines: int, repeat: int) -> None:
        """`lines` per export, each run `repeat` times."""
        self.exports, self.work, self.lines, self.repeat = folder / "exports", folder / "work", lines, repeat
        self.env = {**LIMITS, **{name: os.environ[name] for name in LIMITS if os.environ.get(name)}, **PLAIN}

    def format(self, export: exports.Export) -> Measured:
        """Run the product on one export and, beside it, DuckDB on the same files."""
        say(f"{export.title}: making the export")
        roots = [exports.made(export, count, self.exports) for count in (self.lines, _SMALL)]
        found = Measured(export, *(self._runs(export, root) for root in roots))
        less = self._own(roots[1])
        for _ in range(self.repeat):
            whole = self._own(roots[0])
            found.own.append({name: whole[name] - less[name] for name in whole})
        return found

    def race(self, ours: Measured) -> race.Race:
        """Give focus-converter the same files."""
        say("focus-converter on the same files")
        theirs, small = (
            race.measured(exports.made(ours.export, count, self.exports), self.work / "race", self.env)
            for count in (self.lines, _SMALL)
        )
        say(f"  {theirs.seconds:.1f} s, of it without its fixed part {theirs.seconds - small.seconds:.1f} s")
        return race.Race(
            ours.rows,
            ours.seconds - ours.step_seconds["analyses"],
            ours.cpu_seconds - ours.step_cpu_seconds["analyses"],
            theirs.seconds - small.seconds,
            theirs.cpu_seconds - small.cpu_seconds,
        )

    def _runs(self, export: exports.Export, root: Path) -> list[product.Run]:
        runs, home = [], self.work / "home"
        sources = data.sources_file(self.work / "sources", exports.roots(export, root))
        for number in range(1, self.repeat + 1):
            shutil.rmtree(home, ignore_errors=True)
            done = product.measured(home, sources, self.env)
            if done.status != "published":
                raise BenchError(f"The run on {root} is '{done.status}' and should be 'published'; see {home}.log.")
            say(f"  {root.name}, {number} of {self.repeat}: land to publish {done.work:.1f} s")
            runs.append(done)
        return runs

    def _own(self, root: Path) -> dict[str, float]:
        out, result = self.work / "own", self.work / "own.json"
        shutil.rmtree(out, ignore_errors=True)
        run("tests.bench.own", str(root), str(out), str(result), env=self.env, log=self.work / "own.log")
        own = json.loads(result.read_text())
        say(f"  {root.name}, DuckDB alone, to Parquet: {own['seconds']:.1f} s")
        return own


def text(found: list[Measured], raced: race.Race | None, limits: dict[str, str]) -> str:
    """Return the table as a person reads it."""
    head = f"{'Format':<26}{'lines':>11}{'lines/s':>11}{'with files':>11}{'all':>9}{'peak MB':>9}"
    head += "".join(f"{name:>9}" for name in _SHOWN)
    title = (
        f"== By format, land to publish without the fixed part, best of each; {limits['FINOPS_THREADS']} threads, "
        f"memory limit {limits['FINOPS_MEMORY_LIMIT']}, load of the machine at the end {os.getloadavg()[0]:.1f} =="
    )
    out = ["", title, "", head, "-" * len(head)]
    for item in found:
        rates = f"{item.rate:>11,.0f}{item.line_rate:>11,.0f}{item.whole_rate:>9,.0f}{peak(item.full) / 1e6:>9,.0f}"
        out.append(f"{item.export.title:<26}{item.rows:>11,}{rates}{_steps(item.step_seconds, item.rows)}")
        out.append(f"{'  processor seconds':<77}{_steps(item.step_cpu_seconds, item.rows)}")
    out += ["", *_NOTES, ""]
    out += [f"{'To reach':<58}{'measured':>12}{'wanted':>14}", "-" * 84]
    for item in found:
        title = item.export.title
        if item.export.is_text:
            out.append(_target(f"{title}, landing, MB/s of text", item.megabytes, WANTED_MEGABYTES, 0))
            against = _target(f"{title}, landing against DuckDB's own", item.against_own, WANTED_RATIO, 2)
            out.append(f"{against} (by processor seconds {item.cpu_against_own:.2f})")
        else:
            out.append(_target(f"{title}, lines/s", item.rate, WANTED_LINES, 0))
            times = f"{item.against_own:.2f} times as fast, {item.cpu_against_own:.2f} by processor seconds"
            out.append(f"  DuckDB alone copies {item.own_rate:,.0f} lines/s; with line-level files we are {times}")
    if raced:
        out.append(_target("times as fast as focus-converter, line level too", raced.times, WANTED_RACE, 1))
        out += ["", raced.words]
    return "\n".join(out)


def _steps(seconds: dict[str, float], rows: int) -> str:
    return "".join(f"{seconds[name] * 1e6 / rows:>9.2f}" for name in _SHOWN)


def _less(whole: dict[str, float], part: dict[str, float]) -> dict[str, float]:
    """Take the fixed part from each step."""
    return {name: whole.get(name, 0.0) - part.get(name, 0.0) for name in (*product.STEPS, *product.PARTS)}


def _apart(steps: dict[str, float]) -> dict[str, float]:
    """Take from each step its parts, which stand beside it."""
    return steps | {
        step: steps[step] - sum(steps[part] for part, whole in product.PARTS.items() if whole == step)
        for step in product.STEPS
    }


def _target(title: str, value: float, wanted: float, places: int) -> str:
    verdict = "too few lines to tell" if value <= 0 else "reached" if value >= wanted else "NOT REACHED"
    return f"{title:<58}{value:>12,.{places}f}{f'>= {wanted:,}':>14} {verdict}"


def _ratio(part: float, whole: float) -> float:
    return max(part / whole, 0.0) if whole > 0 else 0.0


def main() -> int:
    """Measure, print, and write `formats.json`; 0 whether or not the numbers are reached, 1 if it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.formats", description="Measure every format.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="about how many lines each (default 1,000,000)")
    parser.add_argument("--repeat", type=int, default=2, help="how often each is run; the best counts (default 2)")
    parser.add_argument(
        "--only",
        default="",
        metavar="KEYS",
        help="comma-separated; default all. " + " ".join(item.key for item in exports.EXPORTS),
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where exports are kept, default $FINOPS_HOME/bench")
    chosen = parser.parse_args()
    home = Path(os.environ.get("FINOPS_HOME") or PROJECT / "warehouse").absolute() / "bench"
    folder = chosen.keep.absolute() if chosen.keep else home
    wanted = [item for item in exports.EXPORTS if not chosen.only or item.key in chosen.only.split(",")]
    if chosen.lines <= _SMALL or chosen.repeat < 1 or not wanted:
        parser.error(f"--lines must be above {_SMALL:,}, --repeat at least 1 and --only name formats there are")
    shutil.rmtree(folder / "work", ignore_errors=True)
    bench = Bench(folder, chosen.lines, chosen.repeat)
    try:
        found = [bench.format(export) for export in wanted]
        raced = bench.race(found[0]) if found[0].export.key == "aws_cur2" else None
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(folder / "work")
    print(text(found, raced, bench.env))
    home.mkdir(parents=True, exist_ok=True)
    result = {"limits": bench.env, "formats": [item.as_dict() for item in found], "race": raced and asdict(raced)}
    (home / "formats.json").write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nAll of it: {home / 'formats.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
