"""Vintages: what each publication changed in the totals of the marts, kept for ever, one Parquet file per publication.

What changed is computed by the build (`models/ops/totals_history.sql`) and shown by the publication itself
(`totals_as_published`); here its own part of that is put into the state folder, once readers can see it, and read back
for the next build. A run killed between the swap and the file leaves nothing undone for good: the served publication
still says what it changed, and the next run writes the file. A publication that changes no total leaves no file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration import files
from orchestration.errors import FinopsError
from orchestration.landing.engine import first_line, identifier, literal, read_parquet

if TYPE_CHECKING:
    from orchestration.settings import Settings

RELATION = "totals_as_published"
COLUMNS = {
    "publication_id": "varchar",
    "known_start": "timestamp",
    "relation_name": "varchar",
    "measure": "varchar",
    "source_name": "varchar",
    "service_provider_name": "varchar",
    "item_type": "varchar",
    "item": "varchar",
    "posted_month": "date",
    "charge_month": "date",
    "billing_currency": "varchar",
    "value": "decimal(38, 9)",
}
VERSION = 1
_FILE = re.compile(r"\d{8}T\d{6}\.\d{3}Z\.v(\d+)\.parquet")


def record_vintage(settings: Settings) -> Path | None:
    """Keep what the served publication changed; nothing to do where that is kept already, or nothing changed.

    Returns the file that was written.
    """
    if not settings.published_link.is_symlink():
        return None
    publication = settings.published_link.resolve()
    target = _folder(settings) / f"{publication.name}.v{VERSION}.parquet"
    shown = publication / "parquet" / f"{RELATION}.parquet"
    if target.exists() or not shown.exists():  # a publication from before there were vintages
        return None
    fresh = target.with_name(f".{target.name}.new")
    with duckdb.connect() as con:
        columns = ["vintage_id as publication_id", *(identifier(name) for name in list(COLUMNS)[1:])]
        mine = f"from {read_parquet([shown])} where vintage_id = {literal(publication.name)}"
        if con.execute(f"select count(*) {mine}").fetchone() == (0,):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy (select {', '.join(columns)} {mine} order by all) to {literal(str(fresh))} "
            f"(format parquet, compression zstd, kv_metadata {{schema_version: {literal(str(VERSION))}}})"
        )
    files.flush(fresh)
    fresh.replace(target)
    files.flush(target.parent)
    return target


def create_vintages(connection: duckdb.DuckDBPyConnection, schema: str, settings: Settings) -> None:
    """Write the raw relation `vintages`: everything that was ever kept."""
    paths = sorted(_folder(settings).glob("[!.]*.parquet"))
    for path in paths:
        version = _FILE.fullmatch(path.name)
        if version is None or int(version[1]) > VERSION:
            raise FinopsError(
                f"The file {path} is not a vintage that this version of the program knows; update the program, or "
                "move the file away if something else put it there."
            )
    columns = ", ".join(f"cast({identifier(name)} as {kind}) as {identifier(name)}" for name, kind in COLUMNS.items())
    nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in COLUMNS.items())
    query = f"select {columns} from {read_parquet(paths)}" if paths else f"select {nothing} where false"
    try:
        connection.execute(f"create or replace table {schema}.vintages as {query}")
    except duckdb.Error as error:
        raise FinopsError(
            f"The vintages in {_folder(settings)} cannot be read: {first_line(error)}. Restore the folder from a "
            "backup of the state folder. Nothing was published."
        ) from error


def _folder(settings: Settings) -> Path:
    return settings.state_dir / "vintages"
