"""A publication that nobody sees yet: where it is, what is in it, and what happens when it cannot be written.

Shared by the steps of ``publish``; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import files
from orchestration.errors import FinopsError
from orchestration.landing.engine import first_line, literal

if TYPE_CHECKING:
    from orchestration.settings import Settings

# DuckDB 1.1 and later, and the browser's DuckDB, can open this; the default of 2.0 opens in none of them.
STORAGE_VERSION = "v1.0.0"
DATABASE, MANIFEST, STAGING = "finops.duckdb", "publication.json", ".staging-"
SCHEMA = "finops_published"


@dataclass
class LineFiles:
    """The staged month files. ``form`` is what readers find in the database: a table, or a view over the files."""

    written: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    rows: int = 0
    form: str = "table"

    def as_dict(self) -> dict[str, list[str]]:
        """Return which months were written and which kept, for the manifest."""
        return {"written": self.written, "reused": self.reused}


@dataclass
class Staged:
    """A publication that nobody sees yet; ``inputs`` is {source: {month: delivery id}}."""

    settings: Settings
    publication_id: str
    folder: Path
    final: Path
    inputs: dict[str, dict[str, str]]
    books: list[dict[str, Any]]
    rules_hash: str | None
    project_hash: str | None
    relations: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: LineFiles | None = None
    verified: bool = False

    @property
    def database(self) -> Path:
        """The staged DuckDB file; what the back door audits."""
        return self.folder / DATABASE

    @property
    def parquet(self) -> Path:
        """The folder of the staged Parquet files."""
        return self.folder / "parquet"

    def remove(self) -> None:
        """Leave nothing of it behind; never touches what readers see."""
        files.remove(self.folder)
        if self.final.is_symlink() or self.final.name != self.settings.published_link.resolve().name:
            files.remove(self.final)


def failed_copy(settings: Settings) -> Path:
    """Return the path where the database of a publication that failed its audit can be looked at."""
    return settings.build_dir / "failed_publication.duckdb"


def write_parquet(con: duckdb.DuckDBPyConnection, relation: str, path: Path) -> int:
    """Write a whole relation to a Parquet file; return its rows."""
    return con.execute(f"copy (from {relation}) to {literal(str(path))} (format parquet)").fetchone()[0]


@contextmanager
def explained(staged: Staged, doing: str) -> Iterator[None]:
    """Turn a failure to write into one paragraph, and leave nothing half-made behind."""
    settings = staged.settings
    try:
        yield
    except (OSError, duckdb.Error) as error:
        staged.remove()
        cause = first_line(error)
        if files.is_disk_full(error):
            cause = f"no space is left on the disk of {settings.publications_dir} ({cause}); free some and run again"
        raise FinopsError(
            f"Publication {staged.publication_id} could not be {doing}: {cause}. Nothing was published; "
            "readers still see the former publication."
        ) from error
    except FinopsError:
        staged.remove()
        raise
