"""Taking the files of a delivery into a folder of ours: copied, fingerprinted, CSV converted, columns checked.

What is in the rows is judged in `profile.py` and `duplicates.py`; the ledger is not known here.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryPending, DeliveryRejected, DeliveryUnreachable
from orchestration.files import link_or_copy
from orchestration.formats import FORMATS, ColumnMatch, DuplicateColumnError, Format, conflict, identify
from orchestration.formats.focus_datasets import focus_dataset
from orchestration.formats.opencost import OPENCOST
from orchestration.landing.at_once import Cursors, for_each
from orchestration.landing.convert import convert_text, explain_failure
from orchestration.landing.convert_avro import convert_avro
from orchestration.landing.engine import first_line, is_shortage, literal, read_parquet
from orchestration.landing.expressions import FLOATS
from orchestration.landing.nested import Field, fields_of
from orchestration.landing.reuse import Landed, LandedFile, write_note
from orchestration.landing.storage import FileChangedError, StorageError
from orchestration.landing.text_csv import open_csv
from orchestration.landing.text_json import open_json
from orchestration.landing.text_opencost import open_allocations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from orchestration.landing.candidates import Candidate, DeliveredFile
    from orchestration.landing.facts.records import FactFile

_Result = TypeVar("_Result")

CHUNK = 8 << 20
"""One request, where the file lies in object storage."""
_ARROW = "parquet-cpp-arrow"
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class TakenFile:
    """One Parquet file of ours and where it came from."""

    path: Path
    origin: str
    bytes: int
    fingerprint: str
    names: list[str]
    """Column names as delivered."""
    types: dict[str, str]
    """Columns of the Parquet file -> DuckDB type, in order."""
    match: ColumnMatch
    """Where the canonical columns are in the Parquet file."""
    delivered_match: ColumnMatch
    """Where the canonical columns were in the delivered file."""
    dataset: str = ""
    """As in `RawFile`."""
    fields: dict[str, Field] = field(default_factory=dict)
    """What is in those columns, structs opened: what `match` names."""

    def read(self, column: str | None) -> Field:
        """Tell how SQL reads a canonical column of this file; null where the file lacks it."""
        name = self.match.direct.get(column or "")
        return Field("null", "INTEGER") if name is None else self.fields[name]


def is_converted(origin: str) -> bool:
    """Tell from its name whether a delivered file was text and became typed Parquet here."""
    return not origin.lower().endswith((".parquet", ".avro"))


def take_files(
    connection: duckdb.DuckDBPyConnection, candidate: Candidate, folder: Path, landed: Landed, *, threads: int
) -> list[TakenFile]:
    """Bring all files of a delivery into `folder`; DeliveryRejected or DeliveryPending if that cannot be done.

    What is `landed` already is not read again.
    """
    fmt = FORMATS[candidate.source.format]
    known = {file.origin: landed.find(file) for file in candidate.files}
    copies = _copied(
        candidate, folder, threads, lambda file, target: _bring(candidate, file, target, known[file.origin])
    )
    with closing(Cursors(connection, threads)) as cursors:

        def take_one(item: tuple[DeliveredFile, tuple[Path, str, list[str] | None]]) -> TakenFile:
            with cursors.one() as cursor:
                return _take_one(cursor, fmt, candidate, item[0], *item[1])

        taken = for_each(zip(candidate.files, copies, strict=True), threads, take_one, cursors.interrupt)
    for file in taken:
        if known[file.origin] is None:
            _sync(file.path)
    write_note(folder, candidate.files, taken)
    return taken


def copy_files(candidate: Candidate, folder: Path, *, threads: int) -> list[tuple[Path, str]]:
    """Copy all files of a delivery as they are; gives, in their order, each copy and the digest of its bytes."""
    return _copied(candidate, folder, threads, lambda file, target: _copy(candidate, file, target))


def fingerprint_of(files: Sequence[TakenFile | FactFile]) -> str:
    """Digest the content of a delivery; names and order of its files do not matter."""
    return hashlib.sha256("\n".join(sorted(file.fingerprint for file in files)).encode()).hexdigest()


def check_columns(fmt: Format, names: list[str], where: str, file: str) -> ColumnMatch:
    """Find the canonical columns; DeliveryRejected if it is another format, or a column is twice there or missing."""
    if len(names) == 1 and (found := next((mark for mark in ";\t|" if mark in names[0]), None)):
        raise DeliveryRejected(
            f"{where}: the header of the file '{file}' is one column with {found!r} in it, but values must be "
            "separated by commas; export it with commas.",
            file=file,
        )
    looks_like = conflict(fmt, names)
    if looks_like:
        title = FORMATS[looks_like].title if looks_like in FORMATS else looks_like
        advice = f"write `format: {looks_like}`" if looks_like in FORMATS else "that format cannot be loaded yet"
        raise DeliveryRejected(
            f"{where}: the file '{file}' is declared as {fmt.name}, but its columns look like {title}; {advice} "
            "in sources.yml, or point the uri at the right folder.",
            file=file,
        )
    match = match_columns(fmt, names, where, file)
    missing = [name for name in fmt.required if name not in match.direct]
    if missing:
        hint = "" if identify(names) else " It does not look like any format that can be loaded."
        if len(names) == 1:
            hint = f" Its first line, '{names[0][:100]}', is no header; remove what stands above the header."
        if dataset := focus_dataset(names):
            hint = f" Its columns look like {dataset.title}; write `format: {dataset.name}`."
        raise DeliveryRejected(
            f"{where}: the file '{file}' lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which "
            f"{fmt.title} must have.{hint} Export it with all columns, or correct the format in sources.yml.",
            file=file,
        )
    return match


def _copied(
    candidate: Candidate, folder: Path, threads: int, copy: Callable[[DeliveredFile, Path], _Result]
) -> list[_Result]:
    """Copy each file to its place in the folder, as many at once as its storage likes."""
    targets = (folder / f"part-{number:05d}" for number in range(1, len(candidate.files) + 1))
    at_once = max([threads, *(file.tree.parallel for file in candidate.files[:1])])
    return for_each(zip(candidate.files, targets, strict=True), at_once, lambda pair: copy(*pair))


def match_columns(fmt: Format, names: list[str], where: str, file: str) -> ColumnMatch:
    """Find the canonical columns; DeliveryRejected if one is there twice."""
    try:
        return fmt.match(names)
    except DuplicateColumnError as error:
        first, second = error.names
        raise DeliveryRejected(
            f"{where}: the file '{file}' has one column twice, as '{first}' and '{second}', so it cannot be told which "
            "of them counts; remove one and export again.",
            file=file,
        ) from None


def _bring(
    candidate: Candidate, file: DeliveredFile, target: Path, former: LandedFile | None
) -> tuple[Path, str, list[str] | None]:
    """Copy a file, or link what was made of it before; the column names come with what is Parquet already."""
    if former is None:
        return *_copy(candidate, file, target), None
    ready = target.with_suffix(".parquet")
    link_or_copy(former.path, ready)
    return ready, former.fingerprint, former.names


def _copy(candidate: Candidate, file: DeliveredFile, target: Path) -> tuple[Path, str]:
    """Copy the bytes and digest them on the way; a file that changes meanwhile is still being written."""
    digest = hashlib.sha256()
    if file.size == 0 and not file.has_changed():
        raise DeliveryRejected(
            f"{candidate.where}: the file '{file.origin}' is empty (0 bytes); copy or export it again.",
            file=file.origin,
        )
    try:
        with file.open() as source, target.open("wb") as copy:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        is_whole = not file.has_changed()
    except (FileNotFoundError, FileChangedError):
        is_whole = False
    except StorageError as error:
        raise DeliveryUnreachable(f"{candidate.where}: {error}", file=file.origin) from None
    if not is_whole:
        raise DeliveryPending(f"{candidate.where}: '{file.origin}' changed while it was copied; it is still written.")
    return target, digest.hexdigest()


def _take_one(
    connection: duckdb.DuckDBPyConnection,
    fmt: Format,
    candidate: Candidate,
    file: DeliveredFile,
    copy: Path,
    fingerprint: str,
    names: list[str] | None,
) -> TakenFile:
    where, origin, target = candidate.where, file.origin, copy.with_suffix(".parquet")
    delivered_match = check_columns(fmt, names, where, origin) if names is not None else None
    if names is not None:
        pass  # it was made ready before
    elif is_converted(origin):
        names, delivered_match = _convert(connection, fmt, copy, target, where, origin)
        copy.unlink()
    elif origin.lower().endswith(".avro"):
        convert_avro(copy, target, where, origin)
        copy.unlink()
    else:
        match_columns(fmt, _parquet_names(copy, where, origin), where, origin)
        copy.rename(target)
    try:
        rows = connection.execute(f"describe select * from {read_parquet([target])}").fetchall()
        types = {row[0]: row[1] for row in rows}
        fields = fields_of(fmt, types)
        if delivered_match is None:  # neither text nor made ready before
            _correct_statistics(connection, target, fields)
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise _damaged(where, origin, first_line(error)) from None
    if names is None or delivered_match is None:
        names = list(fields)
        delivered_match = check_columns(fmt, names, where, origin)
    match = fmt.match(list(fields))
    return TakenFile(target, origin, file.size, fingerprint, names, types, match, delivered_match, file.dataset, fields)


def _convert(
    connection: duckdb.DuckDBPyConnection, fmt: Format, copy: Path, target: Path, where: str, file: str
) -> tuple[list[str], ColumnMatch]:
    """Make typed Parquet of text; give the delivered names and where they belong."""
    is_json = file.lower().removesuffix(".gz").endswith(JSON_SUFFIXES)
    if is_json and fmt is OPENCOST:
        text, names = open_allocations(connection, copy, where, file)
    elif is_json:
        text, names = open_json(fmt, copy, where, file)
    else:
        text, names = open_csv(copy, where, file, fmt.null_words)
    delivered_match = check_columns(fmt, names, where, file)
    match = fmt.match(list(text.fields))  # of JSON lines, also what the first lines leave out
    try:
        convert_text(connection, fmt, text, match, target)
    except duckdb.InterruptException:  # another file failed, or somebody stopped us
        raise
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise explain_failure(connection, error, fmt, text, match, where, file) from None
    return names, delivered_match


def _parquet_names(path: Path, where: str, file: str) -> list[str]:
    """Read the column names from the footer (DuckDB would rename one that is twice there)."""
    try:
        return pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        raise _damaged(where, file, str(error).splitlines()[0]) from None


def _correct_statistics(connection: duckdb.DuckDBPyConnection, path: Path, fields: dict[str, Field]) -> None:
    """Write a file of Arrow anew if it has NaN: its statistics leave NaN out, and the engine trusts them.

    A price that is NaN would else count as filled, and the hash of a line be that of another.
    """
    floats = [field.sql for field in fields.values() if field.type in FLOATS]
    if not floats or not str(pq.read_metadata(path).created_by).startswith(_ARROW):
        return
    has_nan = " or ".join(f"coalesce(bool_or(isnan({value})), false)" for value in floats)
    if connection.execute(f"select {has_nan} from {read_parquet([path])}").fetchone() == (True,):
        fresh = path.with_suffix(".new")
        connection.execute(f"copy (from {read_parquet([path])}) to {literal(str(fresh))} (format parquet)")
        fresh.replace(path)


def _damaged(where: str, file: str, reason: str) -> DeliveryRejected:
    return DeliveryRejected(
        f"{where}: the Parquet file '{file}' is cut off or damaged ({reason}); copy it again.", file=file
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
