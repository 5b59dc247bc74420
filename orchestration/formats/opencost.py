"""OpenCost's allocation exports: what each container used of a Kubernetes cluster, by day or hour, at estimated cost.

Names are those of the CSV export; those of the allocation API are aliases. An export that names no cluster is of one
cluster, and its source stands for it. Costs are OpenCost's estimates, not a bill: they tie to nothing.
"""

from __future__ import annotations

from orchestration.formats.base import Column, Format, Spread, has_names

_TEXT = "cluster container controller_kind controller_name currency namespace node pod provider_id"

_DECIMAL = """
cpu_core_request_average cpu_core_usage_average cpu_cost external_cost gpu_cost gpus load_balancer_cost network_cost
network_receive_bytes network_transfer_bytes pv_bytes pv_cost ram_bytes_request_average ram_bytes_usage_average ram_cost
shared_cost total_cost
"""

_KINDS = {"text": _TEXT, "decimal": _DECIMAL, "timestamp": "window_end window_start", "map": "labels"}

_LINE = ("window_start", "window_end", "cluster", "namespace", "controller_name", "pod", "container", "node")

OPENCOST = Format(
    name="opencost",
    title="OpenCost allocation export",
    columns=tuple(
        sorted(
            (Column(name, kind) for kind, names in _KINDS.items() for name in names.split()),
            key=lambda column: column.name,
        )
    ),
    required=("window_start", "namespace", "cpu_cost", "ram_cost", "total_cost"),
    cost_column="total_cost",
    currency_column="currency",
    period_column="window_start",
    charge_column="window_start",
    account_column="namespace",
    service_column="namespace",
    identity_columns=_LINE,
    content_columns=_LINE,
    line_type_column="controller_kind",
    always_filled=("window_start",),
    looks_like=has_names("cpucost ramcost namespace"),
    spreads=(Spread("labels", "label_"),),
    null_words=("NaN",),
    aliases={
        "Controller": "controller_name",
        "Date": "window_start",
        "End": "window_end",
        "GPUCount": "gpus",
        "RAMByteRequestAverage": "ram_bytes_request_average",
        "RAMByteUsageAverage": "ram_bytes_usage_average",
        "Start": "window_start",
    },
    window_columns=("window_start", "window_end"),
    window_of="container",
    is_bill=False,
)
