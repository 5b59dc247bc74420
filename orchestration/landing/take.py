"""Taking the files of a delivery into a folder of ours: copied, fingerprinted, CSV converted, columns checked.

What is in the rows is judged in `profile.py` and `duplicates.py`; the ledger is not known here.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryPending, DeliveryRejected, DeliveryUnreachable
from orchestration.files import link_or_copy
from orchestration.formats import FORMATS, ColumnMatch, DuplicateColumnError, Format, conflict, identify
from orchestration.landing.convert import convert_csv, csv_header, explain_failure
from orchestration.landing.engine import first_line, is_shortage, read_parquet
from orchestration.landing.reuse import Landed, LandedFile, write_note
from orchestration.landing.storage import FileChangedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from orchestration.landing.candidates import Candidate, DeliveredFile
    from orchestration.landing.facts.records import FactFile

_Result = TypeVar("_Result")

CHUNK = 8 << 20
"""One request, where the file lies in object storage."""


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

    @property
    def is_converted(self) -> bool:
        """Whether the file was CSV."""
        return is_converted(self.origin)


def is_converted(origin: str) -> bool:
    """Tell from its name whether a delivered file became Parquet here."""
    return not origin.lower().endswith(".parquet")


def take_files(
    connection: duckdb.DuckDBPyConnection, candidate: Candidate, folder: Path, landed: Landed, *, threads: int
) -> list[TakenFile]:
    """Bring all files of a delivery into `folder`; DeliveryRejected or DeliveryPending if that cannot be done.

    What is `landed` already is not read again.
    """
    fmt = FORMATS[candidate.source.format]
    known = {file.origin: landed.find(file) for file in candidate.files}
    copies = _for_each(
        candidate, folder, threads, lambda file, target: _bring(candidate, file, target, known[file.origin])
    )
    taken = [
        _take_one(connection, fmt, candidate, file, copy, digest, names)
        for file, (copy, digest, names) in zip(candidate.files, copies, strict=True)
    ]
    for file in taken:
        if known[file.origin] is None:
            _sync(file.path)
    write_note(folder, candidate.files, taken)
    return taken


def copy_files(candidate: Candidate, folder: Path, *, threads: int) -> list[tuple[Path, str]]:
    """Copy all files of a delivery as they are; gives, in their order, each copy and the digest of its bytes."""
    return _for_each(candidate, folder, threads, lambda file, target: _copy(candidate, file, target))


def fingerprint_of(files: Sequence[TakenFile | FactFile]) -> str:
    """Digest the content of a delivery; names and order of its files do not matter."""
    return hashlib.sha256("\n".join(sorted(file.fingerprint for file in files)).encode()).hexdigest()


def check_columns(fmt: Format, names: list[str], where: str, file: str) -> ColumnMatch:
    """Find the canonical columns; DeliveryRejected if it is another format, or a column is twice there or missing."""
    looks_like = conflict(fmt, names)
    if looks_like:
        title = FORMATS[looks_like].title if looks_like in FORMATS else looks_like
        advice = f"write `format: {looks_like}`" if looks_like in FORMATS else "that format cannot be loaded yet"
        raise DeliveryRejected(
            f"{where}: the file '{file}' is declared as {fmt.name}, but its columns look like {title}; {advice} "
            "in sources.yml, or point the uri at the right folder.",
            file=file,
        )
    try:
        match = fmt.match(names)
    except DuplicateColumnError as error:
        first, second = error.names
        raise DeliveryRejected(
            f"{where}: the file '{file}' has one column twice, as '{first}' and '{second}', so it cannot be told which "
            "of them counts; remove one and export again.",
            file=file,
        ) from None
    missing = [name for name in fmt.required if name not in match.direct]
    if missing:
        hint = "" if identify(names) else " It does not look like any format that can be loaded."
        raise DeliveryRejected(
            f"{where}: the file '{file}' lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which "
            f"{fmt.title} must have.{hint} Export it with all columns, or correct the format in sources.yml.",
            file=file,
        )
    return match


def _for_each(
    candidate: Candidate, folder: Path, threads: int, work: Callable[[DeliveredFile, Path], _Result]
) -> list[_Result]:
    """Do the work for each file and its place in the folder, several at once; the first failure ends it."""
    targets = [folder / f"part-{number:05d}" for number in range(1, len(candidate.files) + 1)]
    workers = max([threads, *(file.tree.parallel for file in candidate.files[:1])])
    with ThreadPoolExecutor(max_workers=workers) as pool:
        jobs = [pool.submit(work, *pair) for pair in zip(candidate.files, targets, strict=True)]
        try:
            return [job.result() for job in jobs]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


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
    where, target = candidate.where, copy.with_suffix(".parquet")
    if names is not None:
        delivered_match = check_columns(fmt, names, where, file.origin)
    elif is_converted(file.origin):
        names = csv_header(copy, where, file.origin)
        delivered_match = check_columns(fmt, names, where, file.origin)
        try:
            convert_csv(connection, fmt, copy, names, delivered_match, target)
        except duckdb.Error as error:
            if is_shortage(error):
                raise
            raise explain_failure(connection, error, fmt, copy, names, delivered_match, where, file.origin) from None
        copy.unlink()
    else:
        names = _parquet_names(copy, where, file.origin)
        delivered_match = check_columns(fmt, names, where, file.origin)
        copy.rename(target)
    try:
        rows = connection.execute(f"describe select * from {read_parquet([target])}").fetchall()
    except duckdb.Error as error:
        raise _damaged(where, file.origin, first_line(error)) from None
    types = {row[0]: row[1] for row in rows}
    match = fmt.match(list(types))
    return TakenFile(target, file.origin, file.size, fingerprint, names, types, match, delivered_match, file.dataset)


def _parquet_names(path: Path, where: str, file: str) -> list[str]:
    """Read the column names from the footer (DuckDB would rename one that is twice there)."""
    try:
        return pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        raise _damaged(where, file, str(error).splitlines()[0]) from None


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
