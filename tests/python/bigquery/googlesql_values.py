"""Values and types between Python and GoogleSQL.

Belongs here: how one value of one type is written to and read from the engine, and how a type is called in words.
Does not belong here: the engine itself (`googlesql.py`).

NUMERIC is an integer count of 1e-9, BIGNUMERIC of 1e-38, both little-endian two's complement: exact, never a float.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from zetasql.wasi._pb2.zetasql.public import type_pb2

KIND = type_pb2.TypeKind
EPOCH = dt.date(1970, 1, 1)
EPOCH_AT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SCALES = {KIND.TYPE_NUMERIC: 9, KIND.TYPE_BIGNUMERIC: 38}
EXACT = Context(prec=120)  # more digits than any value has: Python's default of 28 would round money


def type_name(kind: Any) -> str:  # noqa: ANN401
    """Write a type in BigQuery's words, without precision: 'NUMERIC', 'ARRAY<STRUCT<key STRING>>'."""
    name = KIND.Name(kind.type_kind).removeprefix("TYPE_")
    if name == "ARRAY":
        return f"ARRAY<{type_name(kind.array_type.element_type)}>"
    if name == "STRUCT":
        fields = (f"{field.field_name} {type_name(field.field_type)}".strip() for field in kind.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return "FLOAT64" if name == "DOUBLE" else name


def _unscale(data: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(data, "little", signed=True)).scaleb(-scale, EXACT)


def _scale(value: Decimal | int, scale: int) -> bytes:
    number = int(Decimal(value).scaleb(scale, EXACT).quantize(Decimal(1), ROUND_HALF_UP, EXACT))
    return number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)


def encode(cell: Any, value: Any, kind: Any) -> None:  # noqa: ANN401
    """Write one Python value into a cell. Naive timestamps are UTC; a struct is a dict; an array is a list."""
    if value is None:
        return
    match kind.type_kind:
        case KIND.TYPE_INT64:
            cell.int64_value = int(value)
        case KIND.TYPE_STRING:
            cell.string_value = value
        case KIND.TYPE_BOOL:
            cell.bool_value = value
        case KIND.TYPE_DOUBLE:
            cell.double_value = value
        case KIND.TYPE_DATE:
            cell.date_value = (value - EPOCH).days
        case KIND.TYPE_NUMERIC:
            cell.numeric_value = _scale(value, 9)
        case KIND.TYPE_BIGNUMERIC:
            cell.bignumeric_value = _scale(value, 38)
        case KIND.TYPE_JSON:
            cell.json_value = value
        case KIND.TYPE_TIMESTAMP:
            at = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            micros = (at - EPOCH_AT) // dt.timedelta(microseconds=1)
            cell.timestamp_value.seconds, remainder = divmod(micros, 1_000_000)
            cell.timestamp_value.nanos = remainder * 1000
        case KIND.TYPE_ARRAY:
            cell.array_value.SetInParent()
            for element in value:
                encode(cell.array_value.element.add(), element, kind.array_type.element_type)
        case KIND.TYPE_STRUCT:
            cell.struct_value.SetInParent()
            for field in kind.struct_type.field:
                encode(cell.struct_value.field.add(), value.get(field.field_name), field.field_type)
        case _:
            raise NotImplementedError(KIND.Name(kind.type_kind))


def decode(cell: Any, kind: Any) -> Any:  # noqa: ANN401
    """Read one cell. Timestamps come back naive, in UTC, as DuckDB gives them."""
    field = cell.WhichOneof("value")
    if field is None:
        return None
    value = getattr(cell, field)
    match kind.type_kind:
        case KIND.TYPE_NUMERIC | KIND.TYPE_BIGNUMERIC:
            return _unscale(value, SCALES[kind.type_kind])
        case KIND.TYPE_DATE:
            return EPOCH + dt.timedelta(days=value)
        case KIND.TYPE_TIMESTAMP:
            at = EPOCH_AT + dt.timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)
            return at.replace(tzinfo=None)
        case KIND.TYPE_ARRAY:
            return [decode(element, kind.array_type.element_type) for element in value.element]
        case KIND.TYPE_STRUCT:
            fields = kind.struct_type.field
            return {f.field_name: decode(element, f.field_type) for element, f in zip(value.field, fields, strict=True)}
        case _:
            return value
