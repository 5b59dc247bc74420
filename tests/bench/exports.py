"""The exports that the benchmark runs the product on: one per format and kind of file, of about as many lines as asked.

A new format is one more entry of `EXPORTS`: its name in `sources.yml`, and a function that writes it into a folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.simulator import azure, gcp, oci, opencost
from tests.bench import data, derived
from tests.bench.simulated import Write, beside_costs, price_sheet, simulated


@dataclass(frozen=True)
class Export:
    """One line of the benchmark. `write` gets a folder that is not there, the lines, and the folder of all exports."""

    title: str
    format: str
    is_text: bool
    write: Write
    beside: tuple[str, ...] = ()
    """Formats without which nothing is published: each, like its own, is then in a subfolder by its name."""

    @property
    def key(self) -> str:
        """How it is named on the command line, and its folder."""
        return f"{self.format}{'.csv' if self.is_text else ''}"


def _cur2(out: Path, lines: int, exports: Path) -> None:
    """Link the export that the great benchmark runs on."""
    data.linked_copy(data.export(exports, lines), out)


def _from_cur2(make: Callable[[Path, Path], None]) -> Write:
    return lambda out, lines, exports: make(data.export(exports, lines), out)


def _no_bill(title: str, form: str, write: Write) -> Export:
    return Export(title, form, is_text=True, write=beside_costs(form, write), beside=("azure_cost",))


_GCP_RESOURCE = {
    "resource": "struct_pack(name := resource.name || '-' || copy, global_name := resource.global_name || '-' || copy)"
}
_OCI_LINE = ("lineItem/referenceNo", "product/resourceId", "lineItem/backreferenceNo")

EXPORTS = (
    Export("AWS CUR 2.0, Parquet", "aws_cur2", is_text=False, write=_cur2),
    Export("AWS CUR legacy, CSV.GZ", "aws_cur_legacy", is_text=True, write=_from_cur2(derived.legacy_csv)),
    Export("FOCUS, Parquet", "focus", is_text=False, write=_from_cur2(derived.focus_parquet)),
    Export("FOCUS, CSV.GZ", "focus", is_text=True, write=_from_cur2(derived.focus_csv)),
    Export("Azure, both costs, CSV.GZ", "azure_cost", is_text=True, write=simulated(azure, "ResourceId")),
    Export("Google Cloud, Parquet", "gcp_billing", is_text=False, write=simulated(gcp, changed=_GCP_RESOURCE)),
    Export("Oracle cost report, CSV.GZ", "oci_cost", is_text=True, write=simulated(oci, *_OCI_LINE)),
    _no_bill("OpenCost, CSV.GZ", "opencost", simulated(opencost, "Pod")),
    _no_bill("Azure prices, CSV.GZ", "azure_price_sheet", price_sheet),
)


def roots(export: Export, root: Path) -> dict[str, Path]:
    """Return the folder of each source of an export, by format."""
    return {name: root / name for name in (export.format, *export.beside)} if export.beside else {export.format: root}


def made(export: Export, lines: int, exports: Path) -> Path:
    """Return the folder of an export; it is made if it is not there."""
    root = exports / f"{export.key}-{lines}"
    if not root.is_dir():
        unfinished = root.with_name(f"{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        exports.mkdir(parents=True, exist_ok=True)
        export.write(unfinished, lines, exports)
        unfinished.rename(root)
    return root
