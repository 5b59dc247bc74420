"""Avro to Parquet as it stands, block by block: the types of the file are kept, so that it is read like Parquet.

Only the container is changed here; what the columns mean is told in `expressions.py`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import DeliveryRejected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import fastavro

_BATCH = 10_000
_DAMAGE = (ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, zlib.error, RuntimeError)

_PRIMITIVES = {
    "null": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
    "enum": pa.string(),
    "fixed": pa.binary(),
}
_LOGICAL = {
    "date": pa.date32(),
    "timestamp-millis": pa.timestamp("ms", "UTC"),
    "timestamp-micros": pa.timestamp("us", "UTC"),
    "time-millis": pa.time32("ms"),
    "time-micros": pa.time64("us"),
    "local-timestamp-micros": pa.timestamp("us"),
    "local-timestamp-millis": pa.timestamp("ms"),
}
_WIDEST = 38  # digits of a decimal that the engine knows; BIGNUMERIC has more and becomes text


def convert_avro(path: Path, target: Path, where: str, file: str) -> None:
    """Write `path` as Parquet; DeliveryRejected if it is no Avro file, or cut off or damaged."""
    import fastavro  # noqa: PLC0415 - few deliveries are Avro

    try:
        with path.open("rb") as handle:
            reader = fastavro.reader(handle)
            schema = pa.schema(
                [pa.field(item["name"], _arrow(item["type"])) for item in reader.writer_schema["fields"]]
            )
            with pq.ParquetWriter(target, schema, compression="zstd") as writer:
                for batch in _batches(reader):
                    writer.write_table(pa.Table.from_pylist(batch, schema))
    except (*_DAMAGE, pa.ArrowException) as error:
        target.unlink(missing_ok=True)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DeliveryRejected(
            f"{where}: the Avro file '{file}' is cut off or damaged ({reason[:200]}); copy or export it again.",
            file=file,
        ) from None


def _batches(reader: fastavro.reader) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for record in reader:
        batch.append(record)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _arrow(avro: Any) -> pa.DataType:  # noqa: ANN401  (a piece of an Avro schema)
    """Translate a type; of a union the one that is not null."""
    if isinstance(avro, list):
        some = [item for item in avro if item != "null"]
        if len(some) > 1:
            raise ValueError("it has a field of several types")
        return _arrow(some[0] if some else "null")
    if isinstance(avro, str):
        return _PRIMITIVES[avro]
    if "logicalType" in avro and avro["logicalType"] in _LOGICAL:
        return _LOGICAL[avro["logicalType"]]
    if avro.get("logicalType") == "decimal":
        digits, scale = avro["precision"], avro.get("scale", 0)
        return pa.decimal128(digits, scale) if digits <= _WIDEST else pa.string()
    match avro["type"]:
        case "record":
            return pa.struct([pa.field(item["name"], _arrow(item["type"])) for item in avro["fields"]])
        case "array":
            return pa.list_(_arrow(avro["items"]))
        case "map":
            return pa.map_(pa.string(), _arrow(avro["values"]))
        case kind:
            return _arrow(kind)
