"""The benchmark's export: written once and kept, and a copy of it in which a month is delivered anew.

python -m tests.bench.data OUT LINES SEED
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import duckdb

from tests.bench.process import run

SOURCE, SEED, RESOURCES, TAG_SETS = "aws_payer", 1, 50_000, 5_000


def export(folder: Path, lines: int) -> Path:
    """Return the root of an export of about `lines` lines; it is made if it is not there."""
    root = folder / f"cur2-{lines}-seed{SEED}"
    if not root.is_dir():
        unfinished = root.with_name(f"{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        run("tests.bench.data", str(unfinished), str(lines), str(SEED), log=folder / "data.log")
        unfinished.rename(root)
    return root


def row_count(root: Path) -> int:
    """Return the lines of an export, fees and taxes included."""
    files = [str(path) for path in sorted(root.rglob("*.parquet"))]
    with duckdb.connect() as con:
        return con.execute("select sum(num_rows) from parquet_file_metadata($1)", [files]).fetchone()[0]


def sources_file(folder: Path, roots: Mapping[str, Path]) -> Path:
    """Write a `sources.yml` with these exports, by their formats, as its only sources; the first is `SOURCE`."""
    folder.mkdir(parents=True, exist_ok=True)
    path, lines = folder / "sources.yml", ["sources:"]
    for number, (form, root) in enumerate(roots.items()):
        lines.append(f"  - {{name: {SOURCE if number == 0 else form}, format: {form}, uri: '{root}'}}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def linked_copy(root: Path, copy: Path, month: str | None = None) -> Path:
    """Make an export of the same files, without taking their space; `month` (`2025-12`) takes that month alone."""
    shutil.rmtree(copy, ignore_errors=True)
    for path in sorted(root.rglob("*")):
        if path.is_file() and (month is None or f"BILLING_PERIOD={month}" in path.parts):
            target = copy / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copy2(path, target)
    return copy


def last_month(root: Path) -> str:
    """Return the last month of an export, `2025-12`."""
    return max(path.name.partition("=")[2] for path in (root / "data").iterdir())


def deliver_again(copy: Path, month: str, number: int) -> None:
    """Write `month` of a linked copy anew, in place, as the provider does: some costs changed, a new execution.

    `number` (1, 2, ...) makes each of several deliveries another one.
    """
    manifest = copy / "metadata" / f"BILLING_PERIOD={month}" / "Manifest.json"
    with duckdb.connect() as con:
        con.execute("set threads = 2; set memory_limit = '2GB'")
        for path in sorted((copy / "data" / f"BILLING_PERIOD={month}").iterdir()):
            fresh = path.with_name(f".{path.name}.fresh")
            con.execute(f"""
                copy (
                    select * replace (
                        line_item_unblended_cost + case
                            when line_item_line_item_type = 'Usage' and hash(identity_line_item_id) % 100 = {number}
                                then 0.01 else 0 end as line_item_unblended_cost
                    )
                    from read_parquet('{path}', hive_partitioning = false)
                ) to '{fresh}' (format parquet, compression snappy, row_group_size 61440)""")
            fresh.replace(path)  # a new file: the kept export has the old one under its own name
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["executionId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"bench/{month}/{number}"))
    fresh = manifest.with_name(f".{manifest.name}.fresh")
    fresh.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    fresh.replace(manifest)


if __name__ == "__main__":
    from orchestration.simulator.bench import write_cur2

    print(write_cur2(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), resources=RESOURCES, tag_sets=TAG_SETS))
