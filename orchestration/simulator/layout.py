"""Where AWS Data Exports puts files, and what it writes beside them.

Belongs here: folders, file names and manifests of the create-new and the overwrite layout. Does not belong here: what
is
in the data files.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from .columns import cur2_columns, manifest_type
from .company import PAYER
from .periods import Month, Refresh, stable_uuid

BUCKET = "harbourline-billing-exports"


@dataclass(frozen=True)
class Export:
    """One export in a folder; `is_overwrite` has one folder per month, otherwise one per refresh."""

    root: Path
    name: str
    is_overwrite: bool = False

    def _parts(self, kind: str, month: Month, refresh: Refresh) -> list[str]:
        return [kind, f"BILLING_PERIOD={month.name}", *([] if self.is_overwrite else [refresh.folder])]

    def data_file(self, month: Month, refresh: Refresh, number: int) -> Path:
        """Return the path of the data file with a number, from 1."""
        return self.root.joinpath(*self._parts("data", month, refresh), f"{self.name}-{number:05d}.snappy.parquet")

    def write_manifest(self, month: Month, refresh: Refresh, files: list[Path], *, with_discount: bool) -> None:
        """Write the manifests of one delivery; the one of the month names the newest delivery."""
        columns = cur2_columns(with_discount=with_discount)
        uuid = stable_uuid("export", self.name)
        prefix = f"s3://{BUCKET}/{PAYER}/{self.name}"
        manifest = {
            "executionId": refresh.execution_id,
            "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{PAYER}:export/{self.name}-{uuid}",
            "columns": [{"name": name, "type": manifest_type(kind)} for name, kind in columns.items()],
            "dataFiles": [f"{prefix}/{path.relative_to(self.root).as_posix()}" for path in files],
            "additionalOutputFiles": [],
        }
        text = json.dumps(manifest, indent=2) + "\n"
        month_folder = self.root.joinpath(*self._parts("metadata", month, refresh)[:2])
        for folder in {month_folder, self.root.joinpath(*self._parts("metadata", month, refresh))}:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "Manifest.json").write_text(text, encoding="utf-8")
