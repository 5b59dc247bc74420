"""CSV files, plain or gzip: their header, and how SQL reads them. What their values mean is told in `convert.py`."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.convert import TextFile, is_gzip, not_utf8, refuse_other_kinds
from orchestration.landing.engine import literal, text_list
from orchestration.landing.nested import Field

if TYPE_CHECKING:
    from pathlib import Path

NULL_TEXTS = ("", "NULL", "(null)", "None", "null")
_HEADER_LIMIT = 1 << 20
_BROKEN = {
    r"Expected Number of Columns: (\d+) Found: (\d+)": "has {1} values where the header has {0} names: a comma too "
    "many or too few, or a quote that is not doubled",
    r"unterminated quote": "has a quote that is never closed, or one inside of a value that is not doubled",
    r"Maximum line size of (\d+)": "is longer than {0} bytes, which no charge is: most likely a quote is never closed, "
    "or a value holds what belongs into a file of its own",
}
"""What the engine says of a line -> what is wrong with it."""
_TRANSLATED = re.compile(r".+ \((?P<name>\w+)\)\s*")
"""As Azure's older exports write every name for those who read another language: `Kostenstelle (CostCenter)`."""


def open_csv(path: Path, where: str, file: str, null_words: tuple[str, ...] = ()) -> tuple[TextFile, list[str]]:
    """Read the header of a CSV file; give the file and its names. DeliveryRejected if there is none to be read."""
    names = csv_header(path, where, file)
    columns = ", ".join(f"'c{position}': 'varchar'" for position in range(len(names)))
    nothing = text_list((*NULL_TEXTS, *null_words))
    compression = "gzip" if is_gzip(path) else "none"
    relation = (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = {nothing}, compression = '{compression}', "
        "hive_partitioning = false)"
    )
    fields = {name: Field(f"c{position}", "VARCHAR") for position, name in enumerate(names)}
    return TextFile(path, relation, fields, "CSV", "row {number} after the header", _bad_line), names


def _bad_line(_: Path, said: str) -> str | None:
    """Say which line is broken, and how, of what the engine says."""
    place = re.search(r"on Line: (\d+)", said)
    for mark, words in _BROKEN.items():
        if place and (found := re.search(mark, said)):
            return f"line {place[1]} {words.format(*found.groups())}"
    return None


def csv_header(path: Path, where: str, file: str) -> list[str]:
    """Read the column names of a CSV file, gzip or plain; DeliveryRejected if there is no readable header."""
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as handle:
            start = handle.read(_HEADER_LIMIT)
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({error}); copy it again.", file=file
        ) from None
    refuse_other_kinds(start, where, file)
    # A character may be cut at the end of what was read; a bad one in the header shows as U+FFFD.
    text = start.decode("utf-8-sig", errors="replace")
    names = next(csv.reader(io.StringIO(text, newline="")), [])
    if not any(name.strip() for name in names):
        raise DeliveryRejected(f"{where}: the file '{file}' has no header line; copy or export it again.", file=file)
    if any("\ufffd" in name for name in names):
        raise not_utf8(where, file)
    translated = [_TRANSLATED.fullmatch(name) for name in names]
    if all(translated):
        return [match["name"] for match in translated]
    return [name if name.strip() else f"column_{number}" for number, name in enumerate(names, start=1)]
