"""JSON lines, plain or gzip: one object per line, as BigQuery exports tables.

The names are learned from the first lines, yet a line may leave out what is null: the fields that the format knows are
therefore read whether the first lines have them or not. What the values mean is told in `convert.py`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from orchestration.errors import DeliveryRejected
from orchestration.formats.base import name_key
from orchestration.landing.convert import TextFile, is_gzip, not_utf8, refuse_other_kinds
from orchestration.landing.engine import identifier, literal
from orchestration.landing.nested import Field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from orchestration.formats import Format

_SAMPLE = 4 << 20

Tree = dict[str, Any]
"""A name -> its own tree, or None for a field."""


def open_json(fmt: Format, path: Path, where: str, file: str) -> tuple[TextFile, list[str]]:
    """Read the names of the first lines; give the file and those names. DeliveryRejected if no object is there."""
    delivered = _names(fmt, path, where, file)
    known = [column.path or column.name for column in fmt.columns]
    have = {name_key(name) for name in delivered}
    names = delivered + [name for name in known if name_key(name) not in have]
    tree = _tree(names)
    compression = "gzip" if is_gzip(path) else "uncompressed"
    columns = ", ".join(f"{literal(name)}: {literal(_type(inner))}" for name, inner in tree.items())
    relation = (
        f"read_json({literal(str(path))}, format = 'newline_delimited', records = true, hive_partitioning = false, "
        f"columns = {{{columns}}}, compression = '{compression}')"
    )
    groups = {name.rpartition(".")[0] for name in names} - {""}
    fields = {name: Field(f"nullif({_sql(name)}, '')", "VARCHAR") for name in names if name not in groups}
    text = TextFile(path, relation, fields, "JSON lines", "line {number}", lambda path, _: _bad_line(groups, path))
    return text, delivered


def _open(path: Path) -> BinaryIO:
    return gzip.open(path) if is_gzip(path) else path.open("rb")  # type: ignore[return-value]


def _names(fmt: Format, path: Path, where: str, file: str) -> list[str]:
    """List the paths of the fields in the first lines, in the order in which they come."""
    try:
        with _open(path) as handle:
            start = handle.read(_SAMPLE)
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRejected(
            f"{where}: the file '{file}' is cut off or damaged ({error}); copy it again.", file=file
        ) from None
    refuse_other_kinds(start, where, file)
    lines = start.split(b"\n")
    if len(start) == _SAMPLE:
        lines = lines[:-1]
    found: dict[str, None] = {}
    for line in lines:
        try:
            record = json.loads(line) if line.strip() else {}
        except UnicodeDecodeError:
            raise not_utf8(where, file) from None
        except ValueError:
            break  # the conversion says which line it is
        if isinstance(record, dict):
            found.update(dict.fromkeys(_paths(fmt, "", record)))
    if not found:
        problem = _bad_line(set(), path) or "there is no line that is a JSON object"
        raise DeliveryRejected(
            f"{where}: in file '{file}', {problem}; export the table as newline-delimited JSON.", file=file
        )
    return list(found)


def _paths(fmt: Format, above: str, record: dict[str, Any]) -> Iterator[str]:
    for name, value in record.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and name_key(path) not in fmt.by_key:
            yield from _paths(fmt, f"{path}.", value)
        else:
            yield path


def _tree(names: list[str]) -> Tree:
    """Order paths by what is inside of what; a name that is both a field and a group is a group."""
    tree: Tree = {}
    for name in names:
        *above, last = name.split(".")
        place = tree
        for part in above:
            if not isinstance(place.get(part), dict):
                place[part] = {}
            place = place[part]
        place.setdefault(last, None)
    return tree


def _type(inner: Tree | None) -> str:
    if inner is None:
        return "VARCHAR"
    return f"STRUCT({', '.join(f'{identifier(name)} {_type(below)}' for name, below in inner.items())})"


def _sql(path: str) -> str:
    first, *inside = path.split(".")
    sql = identifier(first)
    for name in inside:
        sql = f"struct_extract({sql}, {literal(name)})"
    return sql


def _bad_line(groups: set[str], path: Path) -> str | None:
    """Find the first line that is no JSON object, or of which a group of fields is none, and say so."""
    with _open(path) as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8"), object_pairs_hook=_unique)
            except UnicodeDecodeError:
                return f"line {number} is not UTF-8"
            except KeyError as repeated:
                return f"line {number} has the key {repeated} twice"
            except ValueError as error:
                return f"line {number} is not valid JSON ({error})"
            if not isinstance(record, dict):
                return f"line {number} is not a JSON object"
            for group in sorted(groups):
                value: Any = record
                for name in group.split("."):
                    value = value.get(name) if isinstance(value, dict) else None
                if value is not None and not isinstance(value, dict):
                    return f"line {number}: '{group}' is not an object with fields of its own"
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; KeyError names one that is there twice."""
    record: dict[str, Any] = {}
    for name, value in pairs:
        if name in record:
            raise KeyError(name)
        record[name] = value
    return record
