"""DuckDB's own way of the same files to Parquet: what the landing of text, and all of the rest, is held against.

    python -m tests.bench.own FOLDER OUT RESULT.json

Several files at once, as the landing does. It knows neither types nor money and checks nothing: text stays text,
Parquet is written as it was read. Whoever delivers every line has to do that much.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb

from orchestration.landing.at_once import Cursors, for_each
from orchestration.landing.engine import literal, read_parquet

_TEXT, _PARQUET = "*.csv.gz", "*.parquet"


def convert(folder: Path, out: Path) -> dict[str, float]:
    """Write every file of the folder anew; return the seconds, and how many bytes of text there are."""
    files = sorted([*folder.rglob(_TEXT), *folder.rglob(_PARQUET)])
    out.mkdir(parents=True)
    with duckdb.connect() as con:
        threads = int(os.environ["FINOPS_THREADS"])
        con.execute(f"set threads = {threads}")
        con.execute("set memory_limit = $1", [os.environ["FINOPS_MEMORY_LIMIT"]])
        begun, cpu = time.monotonic(), time.process_time()
        with closing(Cursors(con, threads)) as cursors:

            def write(item: tuple[int, Path]) -> None:
                target = literal(str(out / f"{item[0]}.parquet"))
                with cursors.one() as cursor:
                    cursor.execute(f"copy (select * from {_read(item[1])}) to {target} (format parquet)")

            for_each(enumerate(files), threads, write)
        taken = {"seconds": time.monotonic() - begun, "cpu_seconds": time.process_time() - cpu}
    return taken | {"text_bytes": sum(map(_text_bytes, folder.rglob(_TEXT)))}


def _read(path: Path) -> str:
    if path.suffix == ".parquet":
        return read_parquet([path])
    return f"read_csv({literal(str(path))}, all_varchar = true, header = true)"


def _text_bytes(path: Path) -> int:
    with gzip.open(path) as handle:
        return sum(len(chunk) for chunk in iter(lambda: handle.read(1 << 20), b""))


if __name__ == "__main__":
    source, target, result = sys.argv[1:]
    Path(result).write_text(json.dumps(convert(Path(source), Path(target))))
