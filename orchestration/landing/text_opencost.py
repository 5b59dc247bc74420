"""Answers of OpenCost's allocation API as files, plain or gzip: one JSON object, `data` a list of windows of time.

A window holds its allocations by name. Costs stand beside their adjustments, which belong to them; the CSV export has
both in one. What the values mean is told in `formats/opencost.py`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb

from orchestration.errors import DeliveryRejected
from orchestration.landing.convert import TextFile, is_gzip
from orchestration.landing.engine import is_shortage, literal
from orchestration.landing.nested import Field

if TYPE_CHECKING:
    from pathlib import Path

_PROPERTIES = {
    "cluster": "cluster",
    "container": "container",
    "controllerKind": "controller_kind",
    "controller": "controller_name",
    "namespace": "namespace",
    "node": "node",
    "pod": "pod",
    "providerID": "provider_id",
    "labels": "labels",
}
_FIELDS = {
    "start": "window_start",
    "end": "window_end",
    "cpuCoreRequestAverage": "cpu_core_request_average",
    "cpuCoreUsageAverage": "cpu_core_usage_average",
    "ramByteRequestAverage": "ram_bytes_request_average",
    "ramByteUsageAverage": "ram_bytes_usage_average",
    "gpuCount": "gpus",
    "pvBytes": "pv_bytes",
    "networkReceiveBytes": "network_receive_bytes",
    "networkTransferBytes": "network_transfer_bytes",
    "sharedCost": "shared_cost",
    "externalCost": "external_cost",
    "totalCost": "total_cost",
}
_ADJUSTED = {
    "cpuCost": "cpu_cost",
    "ramCost": "ram_cost",
    "gpuCost": "gpu_cost",
    "pvCost": "pv_cost",
    "networkCost": "network_cost",
    "loadBalancerCost": "load_balancer_cost",
}


def open_allocations(
    connection: duckdb.DuckDBPyConnection, path: Path, where: str, file: str
) -> tuple[TextFile, list[str]]:
    """Give the file and the names of its columns; DeliveryRejected if it is no answer of the API."""
    compression = "gzip" if is_gzip(path) else "uncompressed"
    answer = (
        f"read_json({literal(str(path))}, format = 'unstructured', records = true, hive_partitioning = false, "
        f"maximum_object_size = {_size(path)}, compression = '{compression}', "
        "columns = {'data': 'MAP(VARCHAR, JSON)[]'})"
    )
    relation = (
        "(select allocation from (select unnest(map_values(windowed)) as allocation from "
        f"(select unnest(data) as windowed from {answer})) where allocation is not null)"
    )
    try:
        found = connection.execute(f"select count(*) from {relation}").fetchone()
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise DeliveryRejected(
            f"{where}: the file '{file}' is no answer of OpenCost's allocation API ({str(error).splitlines()[0]}); ask "
            "for it again, and save the answer as it comes.",
            file=file,
        ) from None
    if found == (0,):
        raise DeliveryRejected(
            f"{where}: the file '{file}' holds no allocation under `data`; ask OpenCost's allocation API for it again.",
            file=file,
        )
    fields = {name: _text(f"$.properties.{key}") for key, name in _PROPERTIES.items()}
    fields |= {name: _text(f"$.{key}") for key, name in _FIELDS.items()}
    fields |= {name: _with_adjustment(key) for key, name in _ADJUSTED.items()}
    return TextFile(path, relation, fields, "an answer of OpenCost", "allocation {number}"), list(fields)


def _size(path: Path) -> int:
    """Tell how large the one object is at most; gzip writes the size of what it holds into its last four bytes."""
    with path.open("rb") as handle:
        handle.seek(-min(4, path.stat().st_size), os.SEEK_END)
        size = int.from_bytes(handle.read(4), "little") if is_gzip(path) else path.stat().st_size
    return max(size + 1024, 1 << 20)


def _text(place: str) -> Field:
    return Field(f"nullif(json_extract_string(allocation, {literal(place)}), '')", "VARCHAR")


def _with_adjustment(key: str) -> Field:
    """Add a cost and its adjustment; what is no number stays as it is, to be refused with its place."""
    cost, change = (_text(f"$.{name}").sql for name in (key, f"{key}Adjustment"))
    total = f"cast({cost} as decimal(38, 24)) + try_cast({change} as decimal(38, 24))"
    is_sum = f"try_cast({cost} as decimal(38, 24)) is not null and try_cast({change} as decimal(38, 24)) is not null"
    return Field(f"case when {is_sum} then cast({total} as varchar) else {cost} end", "VARCHAR")
