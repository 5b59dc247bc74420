"""Whether the hand-written table and the product's daily table are the same, row by row.

    python -m tests.bench.compare FUSED.duckdb WAREHOUSE.duckdb

Every column counts but two that the query does not make: the delivery's name, and the month of the books.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_DAILY = "ours.finops_intermediate.int_charges_daily"
_LEFT_OUT = {"delivery_id", "posted_month", "is_tagged"}  # the last follows from the tag set


def differences(fused: Path, warehouse: Path) -> list[str]:
    """Return what differs, in words; nothing if both hold the same rows."""
    with duckdb.connect(str(fused), read_only=True) as con:
        con.execute("set memory_limit = '3GB'")
        con.execute(f"attach '{warehouse}' as ours (read_only)")
        theirs = [name for name, *_ in con.execute("describe charges_daily").fetchall()]
        mine = [name for name, *_ in con.execute(f"describe {_DAILY}").fetchall() if name not in _LEFT_OUT]
        if set(theirs) != set(mine):
            return [f"columns: {sorted(set(theirs) ^ set(mine))}"]
        columns = ", ".join(theirs)
        found = []
        for left, right, words in (
            ("charges_daily", _DAILY, "only the query has"),
            (_DAILY, "charges_daily", "only the product has"),
        ):
            rows = con.execute(
                f"select billing_month, count(*), sum(billed_cost), sum(effective_cost) from "
                f"(select {columns} from {left} except all select {columns} from {right}) group by all order by 1"
            ).fetchall()
            found += [f"{month:%Y-%m}: {words} {n:,} rows, billed {b}, effective {e}" for month, n, b, e in rows]
        return found


if __name__ == "__main__":
    problems = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(problems) or "the same rows")
    sys.exit(1 if problems else 0)
