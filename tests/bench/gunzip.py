"""DuckDB's own way of the same CSV.GZ files to Parquet, all columns as text: what the landing is held against.

    python -m tests.bench.gunzip FOLDER OUT RESULT.json

File by file, as the landing does. It knows neither types nor money and checks nothing.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path

import duckdb

from orchestration.landing.engine import literal


def convert(folder: Path, out: Path) -> dict[str, float]:
    """Convert every file of the folder; return the seconds, and how many bytes of text there are."""
    files = sorted(folder.rglob("*.csv.gz"))
    out.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(f"set threads = {int(os.environ['FINOPS_THREADS'])}")
        con.execute("set memory_limit = $1", [os.environ["FINOPS_MEMORY_LIMIT"]])
        begun, cpu = time.monotonic(), time.process_time()
        for path in files:
            read = f"read_csv({literal(str(path))}, all_varchar = true, header = true)"
            con.execute(f"copy (select * from {read}) to {literal(str(out / path.stem))} (format parquet)")
        taken = {"seconds": time.monotonic() - begun, "cpu_seconds": time.process_time() - cpu}
    return taken | {"text_bytes": sum(map(_text_bytes, files))}


def _text_bytes(path: Path) -> int:
    with gzip.open(path) as handle:
        return sum(len(chunk) for chunk in iter(lambda: handle.read(1 << 20), b""))


if __name__ == "__main__":
    source, target, result = sys.argv[1:]
    Path(result).write_text(json.dumps(convert(Path(source), Path(target))))
