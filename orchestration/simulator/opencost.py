"""OpenCost's allocation export of Harbourline Outdoor's Kubernetes cluster: one CSV file that grows by a day each day.

Belongs here: the containers, what they request and use, OpenCost's estimates, and the truth about both. Does not belong
here: the nodes that they run on, which AWS bills. Estimates are no bill: they are in no sum of the truth.
"""

from pathlib import Path

import duckdb

from .company import NEW_TEAM_NAME, RENAMED_TEAM
from .engine import load_rows, quoted, write_parquet
from .periods import RENAME_AT, Month

SOURCE_NAME = "opencost_prod"
_MAX_COPIES = 50
_CPU_HOUR, _GIB_HOUR = 316_110_000, 42_370_000
"""OpenCost's default price of a core and of a GiB of memory for an hour, in 1e-10 USD."""

# namespace, kind and name of the controller, container, team; thousandths of a core and MiB: requested, used; pods
_CONTAINERS = (
    ("shop", "deployment", "storefront", "web", "checkout", 500, 320, 1024, 700, 4),
    ("shop", "deployment", "storefront", "proxy", "checkout", 100, 40, 128, 96, 4),
    ("shop", "deployment", "cart", "cart", "checkout", 250, 410, 512, 640, 2),
    ("search", "statefulset", "index", "index", "search", 2000, 1600, 8192, 7900, 3),
    ("insights", "cronjob", "events", "loader", "growth", 1000, 180, 2048, 1500, 1),
    ("kube-system", "daemonset", "node-agent", "agent", None, 50, 35, 64, 60, 5),
)


def write(
    con: duckdb.DuckDBPyConnection, exports: Path, truth: Path, months: list[Month], seed: int, copies: int
) -> list[tuple]:
    """Write the export and `allocations-<source>`, the truth per day and controller; there are no commitments."""
    text = dict.fromkeys(("namespace", "kind", "controller", "container", "team"), "VARCHAR")
    numbers = dict.fromkeys(("cpu_request", "cpu_usage", "ram_request", "ram_usage", "pods"), "BIGINT")
    load_rows(
        con,
        "k8s_containers",
        {"n": "BIGINT"} | text | numbers,
        [(number, *row) for number, row in enumerate(_CONTAINERS)],
    )
    for number, month in enumerate(months):
        create = "INSERT INTO k8s_lines" if number else "CREATE OR REPLACE TEMP TABLE k8s_lines AS"
        con.execute(f"{create} {_days(month, seed, min(copies, _MAX_COPIES))}")
    folder = exports / SOURCE_NAME
    folder.mkdir(parents=True)
    columns = ", ".join(f'({sql})::VARCHAR AS "{name}"' for name, sql in _columns().items())
    query = f"SELECT {columns} FROM k8s_lines AS l ORDER BY l.rowid"
    con.execute(f"COPY ({query}) TO {quoted(folder / 'opencost.csv')} (FORMAT csv, HEADER)")
    write_parquet(con, _truth(), truth / f"allocations-{SOURCE_NAME}.parquet")
    return []


def _days(month: Month, seed: int, copies: int) -> str:
    """Return the query of one month: a line per pod, container and day."""
    days = month.refreshes[-1].hours // 24
    chance = f"n * 611953 + p * 1299709 + c * 32452843 + d * 49979687 + {seed + month.salt}"
    renamed = month.index >= RENAME_AT
    team = f"CASE team WHEN {quoted(RENAMED_TEAM)} THEN {quoted(NEW_TEAM_NAME)} ELSE team END" if renamed else "team"
    return f"""
        SELECT
            day, namespace, kind, controller, container, {team} AS team, concat_ws('-', controller, p, c) AS pod,
            cpu_request, cpu_used, ram_request, ram_used, p, n,
            greatest(cpu_request, cpu_used) * 24 * {_CPU_HOUR} // 1000 AS cpu_cost,
            greatest(ram_request, ram_used) * 24 * {_GIB_HOUR} // 1024 AS ram_cost,
            mixed({chance} + 7) % 90000000 AS bytes
        FROM (
            SELECT *, TIMESTAMP {quoted(month.start)} + d * INTERVAL 1 DAY AS day,
                cpu_usage * (60 + mixed({chance}) % 81) // 100 AS cpu_used,
                ram_usage * (80 + mixed({chance} + 3) % 41) // 100 AS ram_used
            FROM k8s_containers, range({copies}) AS copies(c), range({days}) AS days(d), range(9) AS pods_of(p)
            WHERE p < pods)
        ORDER BY day, n, p, c"""


def _columns() -> dict[str, str]:
    """Return column of the CSV export to SQL over `k8s_lines` (l)."""
    labels = "to_json(map_from_entries([{'k': 'app', 'v': l.controller}, {'k': 'team', 'v': l.team}]))"
    return {
        "Date": "strftime(l.day, '%Y-%m-%d')",
        "Namespace": "l.namespace",
        "ControllerKind": "l.kind",
        "ControllerName": "l.controller",
        "Pod": "l.pod",
        "Container": "l.container",
        "CPUCoreUsageAverage": "(l.cpu_used * 0.001::DECIMAL(4, 3))",
        "CPUCoreRequestAverage": "(l.cpu_request * 0.001::DECIMAL(4, 3))",
        "RAMBytesUsageAverage": "l.ram_used * 1048576",
        "RAMBytesRequestAverage": "l.ram_request * 1048576",
        "NetworkReceiveBytes": "l.bytes",
        "NetworkTransferBytes": "l.bytes // 3",
        "GPUs": "0",
        "PVBytes": "0",
        "CPUCost": "exact(l.cpu_cost)",
        "RAMCost": "exact(l.ram_cost)",
        "NetworkCost": "0",
        "PVCost": "0",
        "GPUCost": "0",
        "TotalCost": "exact(l.cpu_cost + l.ram_cost)",
        "Labels": f"CASE WHEN l.team IS NOT NULL THEN {labels} END",
    }


def _truth() -> str:
    held = "sum(greatest(cpu_request, cpu_used)) * 24 * 0.001::DECIMAL(4, 3)"
    return f"""
        SELECT
            {quoted(SOURCE_NAME)} AS source_name, day::DATE AS usage_date, namespace, kind AS controller_kind,
            controller AS controller_name, pod, count(*) AS container_count,
            ({held})::DECIMAL(38, 9) AS cpu_core_hours,
            (sum(greatest(ram_request, ram_used)) * 24 * 1048576)::DECIMAL(38, 9) AS ram_byte_hours,
            exact(sum(cpu_cost + ram_cost)::BIGINT) AS estimated_total_cost, coalesce(any_value(team), '') AS team
        FROM k8s_lines GROUP BY ALL ORDER BY ALL"""
