"""Windows of the backtest from one run to the next, so that closed months are computed once.

Belongs here: one Parquet file that only saves time. Its fingerprint tells whether a window still holds; a file that
cannot be read is as good as none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.analysis.forecast.backtest import TARGETS, Window
from orchestration.analysis.forecast.series import Key

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("scope_type", "scope_id", "currency")),
        ("origin", pa.date32()),
        ("fingerprint", pa.string()),
        ("method", pa.string()),
        ("said", pa.list_(pa.float64())),
    ]
)


def load(path: Path) -> list[Window]:
    """Return the windows of the former run; none where there was none."""
    if not path.is_file():
        return []
    try:
        rows = pq.read_table(path, schema=_SCHEMA).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError):
        return []
    found: dict[tuple, dict[str, np.ndarray]] = {}
    for row in rows:
        name = (Key(row["scope_type"], row["scope_id"], row["currency"]), row["origin"], row["fingerprint"])
        found.setdefault(name, {})[row["method"]] = np.array(row["said"])
    return [
        Window(*name, said) for name, said in found.items() if all(len(path) == len(TARGETS) for path in said.values())
    ]


def save(path: Path, windows: Iterable[Window]) -> None:
    """Write the windows of this run in place of the former ones."""
    rows = [
        (*window.key, window.origin, window.fingerprint, method, said.tolist())
        for window in windows
        for method, said in window.said.items()
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(_SCHEMA)
    table = pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, _SCHEMA.types, strict=True)], schema=_SCHEMA
    )
    fresh = path.with_name(f".{path.name}.new")
    pq.write_table(table, fresh, compression="zstd")
    fresh.replace(path)
