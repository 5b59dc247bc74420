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
            found[name] = _wrapped_list(sql, physical) or Field(sql, physical)
    return found


def parts_of(physical: str) -> dict[str, tuple[str, str]]:
    """List the parts of the structs in a list: letters and digits of their name -> (name, type)."""
    if not (physical.startswith("STRUCT(") and physical.endswith(")[]")):
        return {}
    return {name_key(name): (name, part) for name, part in _children(physical.removesuffix("[]"))}


def _inside(path: str, sql: str, physical: str) -> Iterator[tuple[str, Field]]:
    for name, part in _children(physical):
        inner_path, inner = f"{path}.{name}", f"struct_extract({sql}, {literal(name)})"
        if part.startswith("STRUCT(") and not part.endswith("]"):
            yield from _inside(inner_path, inner, part)
        else:
            yield inner_path, Field(inner, part)


@cache
def _children(physical: str) -> tuple[tuple[str, str], ...]:
    """Read the parts of a struct type, in order; DuckDB itself reads the type."""
    return tuple((name, str(part)) for name, part in duckdb.sqltype(physical).children)
