"""Which exports to load: reading and checking `sources.yml`.

Only what the file says is decided here; looking into the folders that it names is the landing's work.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from orchestration.errors import FinopsError
from orchestration.formats import FORMATS
from orchestration.formats.snapshots import SNAPSHOTS
from orchestration.places import BadPlaceError, Place, read_place
from orchestration.words import did_you_mean

if TYPE_CHECKING:
    from orchestration.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TABLE = re.compile(r"bigquery://([a-z0-9.:-]+[.][A-Za-z0-9_]+[.][A-Za-z0-9_-]+)")
IN_PLACE = ("gcp_billing",)
"""The formats of bills that may be read where they are."""

# FOCUS 1.4's ways to deliver corrections: the month as a whole again, or only the lines that come on top of what was
# delivered (the differences, or every line of a ledger that is only ever appended to).
REPLACEMENT = "replacement"
CORRECTIONS = (REPLACEMENT, "delta", "ledger")


@dataclass(frozen=True)
class Source:
    """One stream of exports: our name for it, its format, and where it lies."""

    name: str
    format: str
    uri: str
    """The absolute path of a folder, a uri of object storage, or `bigquery://project.dataset.table`."""
    corrections: str = REPLACEMENT
    """What a later delivery of a month does to those before: one of `CORRECTIONS`."""

    @property
    def place(self) -> Place | None:
        """The place in object storage; None for a folder of this machine, and for a table."""
        return None if self.table else read_place(self.uri)

    @property
    def bucket(self) -> str | None:
        """The bucket or container that it lies in, as a person would name it; None outside of object storage."""
        place = self.place
        if place is None:
            return None
        return f"{place.cloud}://{place.bucket}" + (f"@{place.account}" if place.account else "")

    @property
    def table(self) -> str | None:
        """The table on BigQuery, `project.dataset.table`, that is read in place; None for files."""
        match = _TABLE.fullmatch(self.uri)
        return match[1] if match else None


@dataclass(frozen=True)
class SourcesFile:
    """A checked `sources.yml`: its sources, and what the simulator is to write before they are loaded."""

    sources: list[Source]
    simulate: dict[str, Any] = field(default_factory=dict)


def load_sources(settings: Settings) -> list[Source]:
    """List the sources in the order of the file; FinopsError names the wrong entry and what to write instead."""
    return load_sources_file(settings).sources


def load_sources_file(settings: Settings) -> SourcesFile:
    """Read and check the whole `sources.yml`, `simulate` included (with `${FINOPS_HOME}` filled in)."""
    path = settings.sources_file
    content = _read(path)
    if unknown := sorted(map(str, set(content) - {"sources", "simulate"})):
        raise FinopsError(
            f"{path}: unknown key '{unknown[0]}'; it has 'sources:', and 'simulate:' where it is made up."
        )
    entries = content.get("sources")
    if not isinstance(entries, list) or not entries:
        raise FinopsError(f"{path}: there is no list under 'sources:'; name at least one export (name, format, uri).")
    simulate = content.get("simulate") or {}
    if not isinstance(simulate, dict):
        raise FinopsError(f"{path}: 'simulate:' must be a mapping such as {{seed: 7, months: 3, start: 2026-01}}.")
    sources: list[Source] = []
    for number, entry in enumerate(entries, start=1):
        source = _source(entry, f"{path}, entry {number}", settings)
        if source.name in {other.name for other in sources}:
            raise FinopsError(f"{path}, entry {number}: the name '{source.name}' is used twice; names must be unique.")
        _refuse_shared_place(source, sources, f"{path}, entry {number} (source {source.name})")
        sources.append(source)
    return SourcesFile(sources, {key: _expand(value, settings) for key, value in simulate.items()})


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise FinopsError(f"FINOPS_SOURCES: there is no file '{path}'; point it at your sources.yml.") from None
    except IsADirectoryError:
        raise FinopsError(f"FINOPS_SOURCES: '{path}' is a folder; name the sources.yml in it.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise FinopsError(f"FINOPS_SOURCES: '{path}' cannot be read as YAML: {detail}.") from None
    if not isinstance(content, dict):
        raise FinopsError(f"{path}: the file must hold a 'sources:' list of entries with name, format and uri.")
    return content


def _source(entry: object, where: str, settings: Settings) -> Source:
    if not isinstance(entry, dict):
        raise FinopsError(f"{where}: an entry must be a mapping with name, format and uri; it is '{entry}'.")
    unknown = sorted(map(str, set(entry) - {"name", "format", "uri", "corrections"}))
    if unknown:
        raise FinopsError(
            f"{where}: unknown key '{unknown[0]}'; an entry has name, format and uri, and may have corrections."
        )
    for key in ("name", "format", "uri"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise FinopsError(f"{where}: '{key}' is missing or is not text; every entry needs name, format and uri.")
    name, format_name = entry["name"].strip(), entry["format"].strip()
    if not _NAME.fullmatch(name):
        raise FinopsError(f"{where}: the name '{name}' must be lower-case letters, digits and _, a letter first.")
    if format_name not in FORMATS and format_name not in SNAPSHOTS:
        bills, facts = ", ".join(sorted(FORMATS)), ", ".join(sorted(SNAPSHOTS))
        meant = did_you_mean(format_name.lower(), [*FORMATS, *SNAPSHOTS])
        guess = f"did you mean {meant}? It" if meant else "it"
        raise FinopsError(
            f"{where} (source {name}): unknown format '{format_name}'; {guess} must be one of: {bills}; or, for "
            f"facts of the business: {facts}."
        )
    uri = _expand(entry["uri"].strip(), settings)
    if uri.lower().startswith("bigquery:"):
        return _in_place(entry, name, format_name, uri, f"{where} (source {name})", settings)
    try:
        place = read_place(uri)
    except BadPlaceError as error:
        raise FinopsError(f"{where} (source {name}): the uri '{uri}' {error}.") from None
    corrections = entry.get("corrections", CORRECTIONS[0])
    if corrections not in (CORRECTIONS if format_name in FORMATS else CORRECTIONS[:1]):
        raise FinopsError(
            f"{where} (source {name}): corrections is '{corrections}'; for bills it is one of "
            f"{', '.join(CORRECTIONS)}, and facts of the business are always replaced."
        )
    if place is None:
        uri = os.path.abspath(settings.sources_file.parent / Path(uri).expanduser())  # noqa: PTH100
    return Source(name, format_name, uri.rstrip("/") if place else uri, corrections)


def _refuse_shared_place(source: Source, others: list[Source], where: str) -> None:
    """Refuse two sources of one format of bills in one place, or in one inside of the other: they share files.

    Of another format a source takes other files (Azure writes all exports into one container), or refuses them.
    """
    if source.format not in FORMATS:
        return
    mine = _parts(source)
    for other in others:
        theirs = _parts(other)
        if other.format == source.format and mine[: len(theirs)] == theirs[: len(mine)]:
            how = "the same place as" if mine == theirs else "inside of" if len(mine) > len(theirs) else "around"
            raise FinopsError(
                f"{where}: its uri '{source.uri}' is {how} that of source {other.name}, '{other.uri}', so that the "
                "same files would be counted twice. Leave out one of the two, or give each source a folder of its own."
            )


def _parts(source: Source) -> list[str]:
    """Take a place apart, so that one that is inside of another begins like it."""
    if place := source.place:
        return [place.cloud, place.account or "", place.bucket, *filter(None, place.prefix.split("/"))]
    return (source.uri if source.table else os.path.realpath(source.uri)).split("/")


def _in_place(entry: dict[str, Any], name: str, format_name: str, uri: str, where: str, settings: Settings) -> Source:
    """Check a source that is read where it is: which table, which format, on which engine."""
    source = Source(name, format_name, uri)
    if source.table is None:
        raise FinopsError(f"{where}: the uri '{uri}' must be written as bigquery://project.dataset.table.")
    if format_name not in IN_PLACE:
        raise FinopsError(
            f"{where}: only {', '.join(IN_PLACE)} is read from a table in place, not {format_name}; export the table "
            "as files and name their folder as uri."
        )
    if entry.get("corrections", CORRECTIONS[0]) != CORRECTIONS[0]:
        raise FinopsError(f"{where}: a table that is read in place is its own newest state; leave out corrections.")
    if settings.target != "bigquery":
        raise FinopsError(
            f"{where}: the table {source.table} is read in place with FINOPS_TARGET=bigquery alone; this run is on "
            f"{settings.target}. Export the table into a bucket or folder, best a folder per invoice month (bq query "
            f"--use_legacy_sql=false \"EXPORT DATA OPTIONS (uri='gs://BUCKET/FOLDER/invoice_month=202610/*.parquet', "
            f"format='PARQUET', overwrite=true) AS SELECT * FROM `{source.table}` WHERE invoice.month = '202610'\") "
            "and name that folder as uri."
        )
    return source


def _expand(value: object, settings: Settings) -> Any:  # noqa: ANN401  (whatever YAML holds)
    """Fill in `${FINOPS_HOME}`, the one variable that may stand in the file."""
    return value.replace("${FINOPS_HOME}", str(settings.home)) if isinstance(value, str) else value
