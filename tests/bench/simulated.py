"""Exports of the providers of the sample company: a year of it, each line as often as makes the lines wanted.

The simulator writes lines one by one, which takes minutes for a million; here the engine copies a year of it, each copy
with resources of its own. Each month is delivered once, so that all lines are lines of the bill.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import duckdb

from orchestration.landing.engine import identifier, literal, read_parquet
from orchestration.simulator import azure
from orchestration.simulator.engine import connect
from orchestration.simulator.periods import calendar

_START, _MONTHS, _SEED, _MEGABYTES = "2025-01", 12, 1, 1500
_OWN = "case when {0} <> '' then {0} || '-' || copy else {0} end"

Write = Callable[[Path, int, Path], None]


def simulated(vendor: ModuleType, *own: str, changed: Mapping[str, str] | None = None) -> Write:
    """Give the function that writes about so many lines of this vendor (`write`, `SOURCE_NAME`) into a folder.

    What tells two lines from each other: the columns `own`, and those that are `changed` by an expression over `copy`.
    """
    columns = {name: _OWN.format(identifier(name)) for name in own} | dict(changed or {})

    def write(out: Path, lines: int, exports: Path) -> None:
        with _year(vendor, exports) as year:
            _copied(year / vendor.SOURCE_NAME, out, lines, columns)

    return write


def beside_costs(form: str, write: Write) -> Write:
    """Give the function that writes, into a subfolder each, an export of this format and Azure's costs of one company.

    What is no bill is published beside one.
    """

    def both(out: Path, lines: int, exports: Path) -> None:
        with _year(azure, exports) as year:
            _copied(year / azure.SOURCE_NAME, out / "azure_cost", 0, {})
        write(out / form, lines, exports)

    return both


def price_sheet(out: Path, lines: int, exports: Path) -> None:
    """Write the price sheet of the last month with so many meters more."""
    with _year(azure, exports) as year:
        sheets = year / azure.PRICES_NAME
        run = max(sheets.rglob("*.csv.gz")).parent
        own = {name: _OWN.format(name) for name in ("MeterID", "PartNumber")}
        _copied(run, out / run.relative_to(sheets), lines, own)


@contextmanager
def _year(vendor: ModuleType, exports: Path) -> Iterator[Path]:
    """Write a year of one sample company, into a folder that is gone afterwards."""
    exports.mkdir(parents=True, exist_ok=True)
    months = [replace(month, refreshes=month.refreshes[-1:]) for month in calendar(_START, _MONTHS, _SEED)]
    with TemporaryDirectory(prefix="year-", dir=exports) as name:
        folder = Path(name)
        (folder / "truth").mkdir()
        with connect(_MEGABYTES, folder / "spill") as con:
            vendor.write(con, folder / "exports", folder / "truth", months, _SEED, 1)
        yield folder / "exports"


def _copied(root: Path, out: Path, lines: int, columns: Mapping[str, str]) -> None:
    """Write every file of an export with each line as often as makes `lines` of them, at least once."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    with duckdb.connect() as con:
        con.execute("set threads = 2; set memory_limit = '1500MB'")
        counts = [con.execute(f"select count(*) from {_read(path)}").fetchone()[0] for path in files]
        copies = max(1, round(lines / sum(counts)))
        names = {name for name, *_ in con.execute(f"describe from {_read(files[0])}").fetchall()}
        own = ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items() if name in names)
        select = f"* exclude (copy){f' replace ({own})' if own else ''}"
        for path, count in zip(files, counts, strict=True):
            target = out / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            form = "format parquet, compression snappy"
            if path.suffix != ".parquet":
                target = target.with_name(f"{path.name.removesuffix('.gz')}.gz")
                form = "format csv, header, compression gzip"
            query = f"select {select} from {_read(path)}, range({copies}) as copies(copy)"
            con.execute(f"copy ({query}) to {literal(str(target))} ({form})")
            if (path.parent / "manifest.json").exists():
                _manifest(path.parent / "manifest.json", target, count * copies)


def _read(path: Path) -> str:
    if path.suffix == ".parquet":
        return read_parquet([path])
    return f"read_csv({literal(str(path))}, header = true, all_varchar = true)"


def _manifest(path: Path, target: Path, rows: int) -> None:
    """Write the manifest of a run of one file as it is now."""
    content, told = json.loads(path.read_text()), {"byteCount": target.stat().st_size, "dataRowCount": rows}
    content |= told
    content["blobs"][0] |= told
    (target.parent / path.name).write_text(json.dumps(content, indent=2) + "\n")
