"""OpenCost: allocations of a Kubernetes cluster, measures of use without account, currency or bill."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal

import pytest

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


ANSWER = {
    "code": 200,
    "data": [
        {
            "eu-1/node-1/shop/web-1/nginx": {
                "name": "eu-1/node-1/shop/web-1/nginx",
                "properties": {
                    "cluster": "eu-1",
                    "node": "node-1",
                    "namespace": "shop",
                    "controllerKind": "deployment",
                    "controller": "web",
                    "pod": "web-1",
                    "container": "nginx",
                    "providerID": "i-0123",
                    "labels": {"team": "search"},
                },
                "start": "2026-08-03T00:00:00Z",
                "end": "2026-08-03T01:00:00Z",
                "cpuCoreRequestAverage": 0.5,
                "cpuCoreUsageAverage": 0.3,
                "ramByteUsageAverage": 1073741824,
                "cpuCost": 0.3,
                "cpuCostAdjustment": -0.1,
                "ramCost": 0.6,
                "totalCost": 0.8,
            }
        },
        {},
    ],
}


@pytest.mark.parametrize("name", ["answer.json", "answer.json.gz"])
def test_an_answer_of_the_api_lands_like_the_csv_export(world: World, name: str) -> None:
    content = json.dumps(ANSWER, indent=1).encode()
    path = world.source("opencost") / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert not world.land().rejected
    assert world.query(
        "select cluster, node, provider_id, controller_name, window_end, labels['team'], cpu_cost, ram_cost, "
        "total_cost, cpu_core_request_average, ram_bytes_usage_average, gpus from finops_raw.opencost"
    ) == [
        (
            *("eu-1", "node-1", "i-0123", "web", dt.datetime(2026, 8, 3, 1), "search"),  # noqa: DTZ001
            *(Decimal("0.2"), Decimal("0.6"), Decimal("0.8"), Decimal("0.5"), 1073741824, None),
        )
    ]


@pytest.mark.parametrize("content", ['{"code": 500}', "[1, 2]", "no json", '{"data": [{}]}'])
def test_what_is_no_answer_of_the_api_is_refused(world: World, content: str) -> None:
    (world.source("opencost") / "answer.json").write_text(content)
    [outcome] = world.land().rejected
    assert "allocation API" in outcome.message


def test_a_cost_that_is_no_number_is_refused_with_its_place(world: World) -> None:
    text = json.dumps(ANSWER).replace('"ramCost": 0.6', '"ramCost": "much"')
    (world.source("opencost") / "answer.json").write_text(text)
    [outcome] = world.land().rejected
    assert "allocation 1" in outcome.message
    assert "'much'" in outcome.message


def test_a_cost_that_opencost_does_not_know_is_unknown(world: World) -> None:
    write_csv(world.source("opencost") / "export.csv", [ALLOCATION | {"GPUCost": "NaN"}])
    assert not world.land().rejected
    assert world.query("select gpu_cost from finops_raw.opencost") == [(None,)]


def window(first: int, last: int, **values: str) -> dict[str, str]:
    """Give an allocation of some hours of a day."""
    times = {"Start": f"2026-08-03T{first:02d}:00:00Z", "End": f"2026-08-03T{last:02d}:00:00Z"}
    return {key: value for key, value in ALLOCATION.items() if key != "Date"} | times | values


@pytest.mark.parametrize(
    "day", [ALLOCATION, window(0, 23), window(3, 9)], ids=["a day without an end", "a day", "some hours"]
)
def test_a_day_and_its_hours_are_refused(world: World, day: dict[str, str]) -> None:
    folder = world.source("opencost")
    write_csv(folder / "day.csv", [day])
    write_csv(folder / "hours.csv", [window(hour, hour + 1) for hour in range(4, 8)])
    (told,) = [outcome.message for outcome in world.land().rejected]
    assert "the file 'day.csv' measures 2026-08-03 0" in told
    assert "and 'hours.csv' 2026-08-03 04:00:00 until 2026-08-03 05:00:00 of the same cluster, namespace" in told
    assert "Export in one step alone (by day, or by hour), and remove the files of the other." in told


def test_windows_that_follow_each_other_or_of_other_containers_are_taken(world: World) -> None:
    folder = world.source("opencost")
    write_csv(folder / "a.csv", [window(0, 4), window(4, 5), window(4, 5), window(5, 6)])
    write_csv(folder / "b.csv", [window(2, 8, Pod="web-2"), window(1, 9, Container=""), window(2, 8, Container="")])
    assert not world.land().rejected
