"""The query written by hand (`fused.sql`), run as plain DuckDB into a file of its own.

    python -m tests.bench.fused RAW_FOLDER SOURCE OUT.duckdb RESULT.json

It reads the Parquet files that the product landed and writes one table, `charges_daily`. The query knows the rules and
not the models, so that comparing the two results also says something about the models.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import duckdb

from tests.bench.process import PROJECT

_SQL = Path(__file__).with_name("fused.sql")
_MACROS = """
    create macro billionths(amount) as cast(round(amount * 1e9) as bigint);
    create macro text_billionths(amount) as cast(try_cast(amount as decimal(38, 9)) * 1000000000 as bigint);
    create macro money(amount) as
        cast(cast(amount as decimal(28, 0)) * cast(0.000000001 as decimal(10, 9)) as decimal(38, 9));
    create macro share(total, days, day) as case
        when day < days - 1 then cast(round(total / days) as bigint)
        else total - cast(round(total / days) as bigint) * (days - 1)
    end;
    create macro escaped(content) as replace(replace(replace(replace(replace(content,
        chr(92), chr(92) || chr(92)), chr(34), chr(92) || chr(34)), chr(10), chr(92) || 'n'),
        chr(13), chr(92) || 'r'), chr(9), chr(92) || 't')
"""


def build(raw: Path, source: str, out: Path) -> float:
    """Build the table from all Parquet files under `raw`; return the seconds of the query alone."""
    out.unlink(missing_ok=True)
    with duckdb.connect(str(out)) as con:
        con.execute(f"set threads = {int(os.environ['FINOPS_THREADS'])}")
        con.execute("set memory_limit = $1", [os.environ["FINOPS_MEMORY_LIMIT"]])
        con.execute("set preserve_insertion_order = false")
        con.execute(_MACROS)
        con.execute("set variable files = $1", [sorted(str(path) for path in raw.rglob("*.parquet"))])
        con.execute("set variable source = $1", [source])
        for name in ("services", "regions"):
            seed = PROJECT / "seeds" / "reference" / f"aws_{name}.csv"
            con.execute(f"create table {name} as from read_csv($1, header = true, all_varchar = true)", [str(seed)])
        begun = time.monotonic()
        con.execute(_SQL.read_text(encoding="utf-8"))
        return time.monotonic() - begun


if __name__ == "__main__":
    raw_folder, source_name, database, result = sys.argv[1:]
    Path(result).write_text(json.dumps({"seconds": build(Path(raw_folder), source_name, Path(database))}))
