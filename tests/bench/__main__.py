"""`python -m tests.bench`: the whole benchmark, from making the export to the table of what was reached."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from tests.bench import data, product, table
from tests.bench.figures import Measurements, as_dict
from tests.bench.process import PROJECT, BenchError, run

_SMALL = 1_000
LIMITS = {"FINOPS_THREADS": "2", "FINOPS_MEMORY_LIMIT": "3GB"}
# What a person has set for the own warehouse is not for the benchmark.
PLAIN = {"FINOPS_STRICT": "", "FINOPS_TARGET": "", "FINOPS_RULES": str(PROJECT / "seeds" / "rules")}


class Bench:
    """One benchmark: its folder, its settings and what it has found so far."""

    def __init__(self, folder: Path, lines: int, repeat: int) -> None:
        """`folder` keeps the exports; all else in it is gone at the end."""
        self.work = folder / "work"
        self.env = {**LIMITS, **{name: os.environ[name] for name in LIMITS if os.environ.get(name)}, **PLAIN}
        say(f"The export of {lines:,} lines")
        self.export = data.export(folder / "exports", lines)
        self.small = data.export(folder / "exports", _SMALL)
        self.found = Measurements(data.row_count(self.export), repeat)

    def run(self) -> Measurements:
        """Measure everything; BenchError if a run fails, or the two daily tables differ."""
        repeat, found = self.found.repeat, self.found
        found.fixed, home, exports = self._full("small", self.small)
        found.fixed_refresh = self._refresh("small", home, exports)
        found.full, home, exports = self._full("full", self.export)
        self._fused(home)
        for number in range(1, repeat + 1):
            found.unchanged.append(self._product(f"nothing new, {number} of {repeat}", home, exports, "unchanged"))
        found.refresh = self._refresh("full", home, exports)
        month = data.last_month(self.export)
        alone = data.linked_copy(self.export, self.work / "alone" / data.SOURCE, month)
        found.alone.append(self._product(f"{month} alone", self.work / "home-alone", alone))
        return found

    def _full(self, name: str, export: Path) -> tuple[list[product.Run], Path, Path]:
        """Run everything `repeat` times, each in a new home; return the runs, the last home and its exports."""
        copy = data.linked_copy(export, self.work / name / data.SOURCE)
        runs = []
        for number in range(1, self.found.repeat + 1):
            home = self.work / f"home-{name}-{number}"
            runs.append(self._product(f"{name}, {number} of {self.found.repeat}", home, copy))
            if number < self.found.repeat:
                shutil.rmtree(home)
        return runs, home, copy

    def _refresh(self, name: str, home: Path, exports: Path) -> list[product.Run]:
        """Deliver the last month anew and run, `repeat` times in the same home."""
        month, runs = data.last_month(exports), []
        for number in range(1, self.found.repeat + 1):
            data.deliver_again(exports, month, number)
            words = f"{name}, refresh of {month}, {number} of {self.found.repeat}"
            runs.append(self._product(words, home, exports))
            if runs[-1].months_written != [month]:
                written = ", ".join(runs[-1].months_written)
                raise BenchError(f"The run '{words}' wrote {written}. Were models or rules changed while it ran?")
        return runs

    def _product(self, words: str, home: Path, exports: Path, status: str = "published") -> product.Run:
        sources = data.sources_file(exports.parent, {"aws_cur2": exports})
        done = product.measured(home, sources, self.env)
        say(f"  {words}: {done.usage.seconds:.1f} s, of it land to publish {done.work:.1f} s")
        if done.status != status:
            raise BenchError(f"The run '{words}' is '{done.status}' and should be '{status}'; see {home}.log.")
        return done

    def _fused(self, home: Path) -> None:
        """Run the query on what the product has landed, and hold its table against the product's."""
        raw, out, result = home / "raw" / data.SOURCE, self.work / "fused.duckdb", self.work / "fused.json"
        for number in range(1, self.found.repeat + 1):
            arguments = (str(raw), data.SOURCE, str(out), str(result))
            usage = run("tests.bench.fused", *arguments, env=self.env, log=self.work / "fused.log")
            self.found.fused_usage.append(usage)
            self.found.fused.append(json.loads(result.read_text())["seconds"])
            say(f"  the query, {number} of {self.found.repeat}: {self.found.fused[-1]:.2f} s")
        run("tests.bench.compare", str(out), str(home / "build" / "warehouse.duckdb"), log=self.work / "compare.log")
        say("  its rows and sums are those of the daily table")


def say(line: str) -> None:
    """Tell a person how far it has come."""
    print(line, flush=True)


def main() -> int:
    """Measure, print, and write `last.json`; 0 whether or not the numbers are reached, 1 if it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the way of a bill.")
    parser.add_argument("--lines", type=int, default=10_000_000, help="about how many CUR lines (default 10,000,000)")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is run; the best counts (default 3)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where exports are kept, default $FINOPS_HOME/bench")
    chosen = parser.parse_args()
    home = Path(os.environ.get("FINOPS_HOME") or PROJECT / "warehouse").absolute() / "bench"
    folder = chosen.keep.absolute() if chosen.keep else home
    if chosen.lines < _SMALL or chosen.repeat < 1:
        parser.error(f"--lines must be at least {_SMALL:,} and --repeat at least 1")
    shutil.rmtree(folder / "work", ignore_errors=True)
    try:
        bench = Bench(folder, chosen.lines, chosen.repeat)
        found = bench.run()
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(folder / "work")
    print(table.text(found, bench.env))
    home.mkdir(parents=True, exist_ok=True)
    (home / "last.json").write_text(json.dumps(as_dict(found) | {"limits": bench.env}, indent=2) + "\n")
    print(f"\nAll of it: {home / 'last.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
