"""Columns inside columns: the fields of a delivered file by the path under which a format knows them (`service.id`).

A struct is a group of fields if the format has a place for one of them, else one field, as lists and maps are. Only the
shape of a file is told here; how a field becomes a canonical column is in `expressions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from orchestration.formats.base import name_key
from orchestration.landing.engine import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.formats import Format


@dataclass(frozen=True)
class Field:
    """One field of a file: how SQL reads it, and its DuckDB type."""

    sql: str
    type: str


def fields_of(fmt: Format, types: dict[str, str]) -> dict[str, Field]:
    """List the fields of a file by path; `types` are its columns, name to DuckDB type."""
    found: dict[str, Field] = {}
    for name, physical in types.items():
        sql = identifier(name)
        opened = {} if name_key(name) in fmt.by_key else dict(_open(name, sql, physical))
        if any(name_key(path) in fmt.by_key for path in opened):
            found.update(opened)
        else:
            found[name] = _wrapped_list(sql, physical) or _field(sql, physical)
    return found


def parts_of(physical: str) -> dict[str, tuple[str, str]]:
    """List the parts of the structs in a list: letters and digits of their name -> (name, type)."""
    if not (physical.startswith("STRUCT(") and physical.endswith(")[]")):
        return {}
    return {name_key(name): (name, part) for name, part in _children(physical.removesuffix("[]"))}


def _open(path: str, sql: str, physical: str) -> Iterator[tuple[str, Field]]:
    """Give a field, or what is inside of a struct."""
    wrapped = _wrapped_list(sql, physical)
    if wrapped or not _is_struct(physical):
        yield path, wrapped or _field(sql, physical)
        return
    for name, part in _children(physical):
        yield from _open(f"{path}.{name}", f"struct_extract({sql}, {literal(name)})", part)


def _field(sql: str, physical: str) -> Field:
    """Read a field; bytes are text of which the writer did not say so."""
    return Field(f"decode({sql})", "VARCHAR") if physical == "BLOB" else Field(sql, physical)


def _is_struct(physical: str) -> bool:
    return physical.startswith("STRUCT(") and not physical.endswith("]")


def _wrapped_list(sql: str, physical: str) -> Field | None:
    """Unwrap a list that a writer of Parquet did not declare as one: a group `list` of `element`s."""
    children = _children(physical) if _is_struct(physical) else ()
    if len(children) != 1 or children[0][0] != "list" or not children[0][1].endswith("[]"):
        return None
    inner = children[0][1].removesuffix("[]")
    elements = _children(inner) if _is_struct(inner) else ()
    if len(elements) != 1 or elements[0][0] not in ("element", "item"):
        return None
    name, element = elements[0]
    items = f"list_transform(struct_extract({sql}, 'list'), lambda item: struct_extract(item, {literal(name)}))"
    return Field(items, f"{element}[]")


@cache
def _children(physical: str) -> tuple[tuple[str, str], ...]:
    """Read the parts of a struct type, in order; DuckDB itself reads the type."""
    return tuple((name, str(part)) for name, part in duckdb.sqltype(physical).children)
