"""OpenCost: allocations of a Kubernetes cluster, measures of use without account, currency or bill."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from orchestration.inspection import breaks_a_limit, profile_of

from .world import World, write_csv

ALLOCATION = {
    "Date": "2026-08-03",
    "Namespace": "shop",
    "ControllerKind": "deployment",
    "ControllerName": "web",
    "Pod": "web-1",
    "Container": "nginx",
    "CPUCoreUsageAverage": "0.30000000000000004",
    "CPUCoreRequestAverage": "0.5",
    "RAMBytesUsageAverage": "1073741824",
    "RAMBytesRequestAverage": "536870912",
    "NetworkReceiveBytes": "10",
    "NetworkTransferBytes": "11",
    "GPUs": "0",
    "PVBytes": "0",
    "CPUCost": "0.3",
    "RAMCost": "0.6",
    "NetworkCost": "0",
    "PVCost": "0",
    "GPUCost": "0",
    "TotalCost": "0.9",
    "Labels": '{"team":"search"}',
}


def test_the_csv_export_lands_by_month_and_passes_the_front_door(world: World) -> None:
    """One file that grows day by day: the days tell the months."""
    idle = {**ALLOCATION, "Namespace": "", "Pod": "", "Date": "2026-09-01", "Labels": ""}
    write_csv(world.source("opencost") / "opencost.csv", [ALLOCATION, idle])
    result = world.land()
    assert not result.rejected
    assert [breaks_a_limit(profile_of(outcome.delivery, None)) for outcome in result.new] == [False, False]
    assert world.query(
        "select billing_month, window_start, window_end, namespace, cpu_core_usage_average, labels['team'] "
        "from finops_raw.opencost order by 1"
    ) == [
        (dt.date(2026, 8, 1), dt.datetime(2026, 8, 3), None, "shop", Decimal("0.3"), "search"),  # noqa: DTZ001
        (dt.date(2026, 9, 1), dt.datetime(2026, 9, 1), None, None, Decimal("0.3"), None),  # noqa: DTZ001
    ]
    assert world.query("select distinct is_bill from finops_raw.deliveries") == [(False,)]


def test_labels_may_be_columns_of_their_own(world: World) -> None:
    line = {key: value for key, value in ALLOCATION.items() if key != "Labels"} | {
        "Label_app.kubernetes.io/name": "web"
    }
    write_csv(world.source("opencost") / "opencost.csv", [line])
    assert not world.land().rejected
    assert world.query("select labels['app.kubernetes.io/name'] from finops_raw.opencost") == [("web",)]


def test_lines_of_an_older_export_may_lack_the_newer_columns(world: World) -> None:
    """OpenCost merges its older file under the header of the newer: what it did not know then is empty."""
    older = {
        name: value if name in ("Date", "Namespace", "CPUCost", "RAMCost") else "" for name, value in ALLOCATION.items()
    }
    write_csv(world.source("opencost") / "opencost.csv", [older, ALLOCATION])
    assert not world.land().rejected
    assert world.query("select count(*), count(total_cost), sum(cpu_cost) from finops_raw.opencost") == [
        (2, 1, Decimal("0.6"))
    ]
