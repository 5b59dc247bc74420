"""One run of focus-converter on the files of an AWS export, and what came out beside ours.

It reads CUR 2.0 as it is (its provider `aws`), in batches, which is its way for more than a few lines, and writes the
FOCUS columns alone: without the source's own columns, which it would copy by default, it has less to do. Lines become
lines of Parquet; it neither checks, stores nor sums anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.converter.environment import CONVERTER
from tests.bench.process import BenchError, Usage, run
from tests.environments import NoPythonError


@dataclass(frozen=True)
class Race:
    """Both on the same lines, each without its fixed part (what a thousand lines take)."""

    rows: int
    our_seconds: float
    """Land to publish, line level too; without forecasts and anomalies, which are no work on lines."""
    our_cpu_seconds: float
    their_seconds: float
    their_cpu_seconds: float

    @property
    def times(self) -> float:
        """How many times as fast as theirs ours is; 0 where there are too few lines to tell."""
        return self.their_seconds / self.our_seconds if min(self.their_seconds, self.our_seconds) > 0 else 0.0

    @property
    def words(self) -> str:
        """The race in a sentence."""
        return (
            f"focus-converter: {self.rows:,} lines in {self.their_seconds:.1f} s ({self.their_cpu_seconds:.1f} of the "
            f"processor), ours, line level too, in {self.our_seconds:.1f} s ({self.our_cpu_seconds:.1f})."
        )


def measured(export: Path, work: Path, env: Mapping[str, str]) -> Usage:
    """Run it on all data files of an export; BenchError if it cannot be set up or fails."""
    try:
        python = CONVERTER.ensure()
    except (NoPythonError, RuntimeError) as error:
        raise BenchError(f"focus-converter cannot be run: {error}") from error
    out, files = work / "out", work / "files"
    shutil.rmtree(work, ignore_errors=True)
    out.mkdir(parents=True)
    files.mkdir()
    for number, path in enumerate(sorted((export / "data").rglob("*.parquet"))):
        (files / f"{number:05d}.parquet").symlink_to(path)
    arguments = ["convert", "--provider", "aws", "--data-format", "parquet", "--parquet-data-format", "dataset"]
    arguments += ["--data-path", str(files), "--export-path", str(out), "--no-export-include-source-columns"]
    threads = {"POLARS_MAX_THREADS": env["FINOPS_THREADS"], "OMP_NUM_THREADS": env["FINOPS_THREADS"]}
    usage = run("focus_converter.main", *arguments, env=threads, log=work / "log", python=python)
    if not any(out.rglob("*.parquet")):
        raise BenchError(f"focus-converter wrote nothing; its log is {work / 'log'}.")
    return usage
