"""Publication: a copy of the audited relations, made beside, moved into place in one step.

``publications/<id>/`` holds ``finops.duckdb``, ``parquet/`` and ``publication.json``; the link ``published`` leads to
the newest. Belongs here: staging, the last hop of the reconciliation, the swap, what is kept. Line-level files are in
``line_files``; whether numbers are fit to show is decided by ``doors.back`` and ``audit``. ``lock`` keeps runs apart.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import files
from orchestration.errors import FinopsError
from orchestration.landing.engine import connect, identifier, literal
from orchestration.last_hop import verify
from orchestration.line_files import LINES, stage_lines
from orchestration.staged import (
    DATABASE,
    MANIFEST,
    SCHEMA,
    STAGING,
    STORAGE_VERSION,
    Staged,
    explained,
    failed_copy,
    write_parquet,
)

if TYPE_CHECKING:
    from orchestration.settings import Settings

__all__ = [
    "Staged",
    "clean_leftovers",
    "discard",
    "failed_copy",
    "last_publication",
    "moment_of",
    "new_publication_id",
    "stage",
    "swap",
    "verify",
]

MANIFEST_VERSION = 1
_ID, _STAMPED = re.compile(r"\d{8}T\d{6}\.\d{3}Z"), "%Y%m%dT%H%M%S.%fZ"
_KEPT = 2
_STAMP = "Which publication this is: the same in every relation of the file."


def new_publication_id(settings: Settings) -> str:
    """Return a UTC stamp that sorts after every publication there is, even if the clock was set back."""
    now = datetime.now(UTC)
    for newest in sorted(path.name for path in settings.publications_dir.glob("*Z"))[-1:]:
        if latest := moment_of(newest):
            now = max(now, latest.replace(tzinfo=UTC) + timedelta(milliseconds=1))
    return f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}Z"


def moment_of(publication_id: str) -> datetime | None:
    """Return when a publication was made (naive UTC), which its id says; None of any other name."""
    return datetime.strptime(publication_id, _STAMPED) if _ID.fullmatch(publication_id) else None  # noqa: DTZ007


def last_publication(settings: Settings) -> dict[str, Any] | None:
    """Return the manifest of the publication that readers see, with its ``folder``; None before the first one."""
    path = settings.published_link / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FinopsError(
            f"The manifest of the current publication, {path}, cannot be read ({error}). Point the link "
            f"{settings.published_link} at an intact folder of {settings.publications_dir}, or remove the link to "
            "publish everything anew."
        ) from error
    return manifest | {"folder": str(settings.published_link.resolve())}


def clean_leftovers(settings: Settings) -> list[str]:
    """Remove what a killed run left beside the publications; return the names. The served one is never touched.

    A folder newer than the served publication was complete but never shown; it is made anew rather than trusted.
    """
    if not settings.publications_dir.exists():
        return []
    served = settings.served_publication.name if settings.served_publication else ""
    leftovers = [
        path
        for path in settings.publications_dir.iterdir()
        if path.name.startswith(STAGING) or path.is_symlink() or (_ID.fullmatch(path.name) and path.name > served)
    ]
    leftovers += settings.home.glob(f".{settings.published_link.name}.*.new")
    for path in leftovers:
        files.remove(path)
    return sorted(path.name for path in leftovers)


def stage(
    settings: Settings,
    build_db: Path,
    publication_id: str,
    changed_months: set[str] | None,
    inputs: dict[str, dict[str, str]],
    *,
    books: list[dict[str, Any]] | None = None,
    rules_hash: str | None = None,
    project_hash: str | None = None,
) -> Staged:
    """Copy every relation of schema ``finops_published`` of the build database into a folder beside the publications.

    ``changed_months`` (``2026-10`` or ``2026-10-01``) are the billing months whose lines are written anew, None for
    all; the others keep the files of the served publication. ``inputs`` is {source: {month: delivery id}}; for
    ``books`` see ``rebuild.Plan``. No other connection of this process may hold the build database. FinopsError if
    anything cannot be written; nothing stays.
    """
    clean_leftovers(settings)
    folder = settings.publications_dir / f"{STAGING}{publication_id}"
    final = settings.publications_dir / publication_id
    staged = Staged(settings, publication_id, folder, final, inputs, books or [], rules_hash, project_hash)
    with explained(staged, "staged"):
        staged.parquet.mkdir(parents=True)
        former = last_publication(settings)
        with connect(settings, settings.build_dir) as con:
            con.execute("set preserve_insertion_order = false")  # rows of a month need no order; sorting costs memory
            con.execute("set TimeZone = 'UTC'")
            con.execute(f"attach {literal(str(build_db))} as {identifier(build_db.stem)} (read_only)")
            con.execute(f"attach {literal(str(staged.database))} as pub (storage_version '{STORAGE_VERSION}')")
            for name in _relations(con, build_db):
                source = f"{identifier(build_db.stem)}.{SCHEMA}.{identifier(name)}"
                if name == LINES:
                    staged.lines = stage_lines(con, staged, source, former, changed_months)
                    staged.relations[name] = {"rows": staged.lines.rows, "as": staged.lines.form}
                else:
                    staged.relations[name] = {"rows": _copy_relation(con, staged, source, name), "as": "table"}
            _copy_comments(con, build_db.stem, {name: told["as"] for name, told in staged.relations.items()})
            con.execute("detach pub")
    return staged


def swap(staged: Staged, settings: Settings) -> dict[str, Any]:
    """Show the staged publication: flush, rename, move the link; then forget all but the two newest.

    Readers that have the former file open go on undisturbed. Returns the manifest.
    """
    if not staged.verified:
        raise FinopsError(
            f"Publication {staged.publication_id} was not verified against the reconciliation, so it is not shown."
        )
    manifest = {
        "manifest_version": MANIFEST_VERSION,
        "id": staged.publication_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": staged.inputs,
        "books": staged.books,
        "rules_hash": staged.rules_hash,
        "project_hash": staged.project_hash,
        "storage_version": STORAGE_VERSION,
        "relations": staged.relations,
        "line_months": staged.lines.as_dict() if staged.lines else {},
    }
    with explained(staged, "moved into place"):
        if settings.published_link.exists() and not settings.published_link.is_symlink():
            raise FinopsError(f"{settings.published_link} is not a link; move it away and run again.")
        files.write_json(staged.folder / MANIFEST, manifest)
        for path in sorted(staged.folder.rglob("*"), reverse=True):
            files.flush(path)
        files.flush(staged.folder)
        if staged.final.is_symlink():
            staged.final.unlink()
        staged.folder.rename(staged.final)
        files.flush(settings.publications_dir)
        with duckdb.connect(str(staged.final / DATABASE), read_only=True) as con:  # the view's paths exist only now
            for name in staged.relations:
                con.execute(f"select count(*) from {identifier(name)}")
        files.point(settings.published_link, staged.final)
    _forget_old(settings, staged.publication_id)
    return manifest


def discard(staged: Staged, *, keep_database: bool = False) -> Path | None:
    """Remove a staged publication; on request its database stays to be looked at (the path is returned)."""
    kept = None
    if keep_database and staged.database.exists():
        kept = failed_copy(staged.settings)
        kept.parent.mkdir(parents=True, exist_ok=True)
        staged.database.replace(kept)
    staged.remove()
    return kept


def _relations(con: duckdb.DuckDBPyConnection, build_db: Path) -> list[str]:
    """Return the names of the published relations in the build database."""
    rows = con.execute(
        "select table_name from information_schema.tables where table_catalog = $1 and table_schema = $2 order by 1",
        [build_db.stem, SCHEMA],
    ).fetchall()
    if not rows:
        raise FinopsError(f"The build database {build_db} has no relation in schema {SCHEMA}; run the build first.")
    return [name for (name,) in rows]


def _copy_relation(con: duckdb.DuckDBPyConnection, staged: Staged, source: str, name: str) -> int:
    """Write one small relation as a table and as Parquet; return its rows."""
    stamp = literal(staged.publication_id)
    con.execute(f"create table pub.{identifier(name)} as select *, {stamp} as publication_id from {source}")
    return write_parquet(con, f"pub.{identifier(name)}", staged.parquet / f"{name}.parquet")


def _copy_comments(con: duckdb.DuckDBPyConnection, catalog: str, kinds: dict[str, str]) -> None:
    """Carry the descriptions of relations and their columns, where the build stored them, to the readers.

    They are asked for once for all relations, since DuckDB binds every view of the database to answer.
    """
    where = "where database_name = $1 and schema_name = $2 and comment is not null"
    here = [catalog, SCHEMA]
    relations = con.execute(
        f"select view_name, comment from duckdb_views() {where} "
        f"union all select table_name, comment from duckdb_tables() {where}",
        here,
    ).fetchall()
    columns = con.execute(f"select table_name, column_name, comment from duckdb_columns() {where}", here).fetchall()
    columns += [(name, "publication_id", _STAMP) for name in kinds]
    con.execute("begin")
    for name, comment in relations:
        con.execute(f"comment on {kinds[name]} pub.{identifier(name)} is {_on_one_line(comment)}")
    for name, column, comment in columns:
        con.execute(f"comment on column pub.{identifier(name)}.{identifier(column)} is {_on_one_line(comment)}")
    con.execute("commit")


def _on_one_line(comment: str) -> str:
    """Write a description, which may stand on several lines of YAML, as one literal."""
    return literal(" ".join(comment.split()))


def _forget_old(settings: Settings, current: str) -> None:
    """Remove all publications but the newest two; the served one is one of them."""
    complete = sorted(path for path in settings.publications_dir.iterdir() if _ID.fullmatch(path.name))
    for path in complete[:-_KEPT]:
        if path.name != current:
            files.remove(path)
