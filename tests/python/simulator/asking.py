"""Asking a simulation questions in SQL."""

from collections.abc import Callable
from pathlib import Path

import duckdb

Ask = Callable[[str], list[tuple]]


def asker(out: Path) -> Ask:
    """Return a function that runs SQL over the truth (`lines`, `commitments`, `totals`, `deliveries`) and the exports.

    `cur` is the newest delivery of every month, `saas` the FOCUS files as text.
    """
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    for name in ("commitments", "totals", "deliveries"):
        con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{out}/truth/{name}.parquet')")
    con.execute(f"CREATE VIEW lines AS FROM read_parquet('{out}/truth/lines-*.parquet')")
    newest = [max(month.iterdir()) for month in sorted(out.glob("exports/aws_payer/data/*/"))]
    listed = ", ".join(f"'{folder}/*.parquet'" for folder in newest)
    con.execute(f"CREATE VIEW cur AS FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)")
    con.execute(f"CREATE VIEW saas AS FROM read_csv('{out}/exports/saas_focus/*.csv.gz', all_varchar = true)")
    con.execute("CREATE MACRO units(x) AS round(x * 1e10)::HUGEINT")
    con.execute("CREATE MACRO truth_units(x) AS (x * 10000000000)::HUGEINT")
    return lambda query: con.execute(query).fetchall()
