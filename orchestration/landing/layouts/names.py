"""What the name of a file or folder says in every layout: is it data, is it unfinished, which month, which time.

What a particular provider's layout means by its folders is told in that layout's module.
"""

from __future__ import annotations

import re
from datetime import date, datetime

DATA_SUFFIXES = (
    ".csv",
    ".csv.gz",
    ".parquet",
    ".avro",
    ".json.gz",
    ".jsonl",
    ".jsonl.gz",
    ".ndjson",
    ".ndjson.gz",
)

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".inprogress")
_WRITING = "_temporary"
"""Spark's folder of what a job has written so far."""
_TABLES = {"_delta_log": "Delta Lake", ".metadata.json": "Iceberg"}
_PERIOD = re.compile(r"billing_period=(\d{4})-(\d{2})", re.IGNORECASE)
_MONTH_FOLDER = re.compile(r"(\d{4})(\d{2})\d{2}-\d{8}")
_YEAR, _MONTH = re.compile(r"year=(\d{4})", re.IGNORECASE), re.compile(r"month=(\d{1,2})", re.IGNORECASE)
_STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2})[:_-]?(\d{2})[:_-]?(\d{2})(?:[.,](\d{1,6})\d*)?Z?(?:$|[-_])")


def is_data(origin: str) -> bool:
    """Tell a file that holds lines of a bill."""
    return origin.lower().endswith(DATA_SUFFIXES)


def is_unfinished(origin: str) -> bool:
    """Tell a file that some client is still writing."""
    return origin.lower().endswith(_UNFINISHED) or _WRITING in origin.split("/")


def is_hidden(origin: str) -> bool:
    """Tell what file systems and tools keep for themselves, be it a file or all that is in a folder."""
    return any(part.startswith((".", "_")) and part != _WRITING for part in origin.split("/"))


def table_kind(origin: str) -> str | None:
    """Name the kind of table of which a file is the log: its data files are not all part of it any more."""
    parts = origin.lower().split("/")
    return next((kind for mark, kind in _TABLES.items() if mark in parts or parts[-1].endswith(mark)), None)


def month_of(parts: list[str]) -> tuple[int, date] | None:
    """Find the part of a path that names the billing month: its position and the month; None if there is none."""
    for position, part in enumerate(parts):
        named = _PERIOD.fullmatch(part) or _MONTH_FOLDER.fullmatch(part)
        following = _MONTH.fullmatch(parts[position + 1]) if position + 1 < len(parts) else None
        year = _YEAR.fullmatch(part)
        numbers = named.groups() if named else (year.group(1), following.group(1)) if year and following else None
        if numbers and 1 <= int(numbers[1]) <= 12:
            return position, date(int(numbers[0]), int(numbers[1]), 1)
    return None


def stamp_of(text: str) -> datetime | None:
    """Read the time that a folder's name or an assembly id begins with, as naive UTC."""
    found = _STAMP.match(text)
    if found is None:
        return None
    *numbers, fraction = found.groups()
    try:
        return datetime(*(int(number) for number in numbers), int((fraction or "0").ljust(6, "0")))  # noqa: DTZ001
    except ValueError:
        return None
