"""GoogleSQL without Google: BigQuery's own analyzer and its reference evaluator, in this process and offline.

Belongs here: one object, `GoogleSQL`, which knows tables, types SQL and evaluates SQL.
Does not belong here: dbt, DuckDB, and the encoding of values (`googlesql_values.py`).

The engine is the WebAssembly build of GoogleSQL from the package `zetasql`. Compiling it to machine code takes about
fifteen seconds, so the compiled module is kept in a cache folder; a second process starts in well under one second.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wasmtime
from google.protobuf import descriptor_pool, message_factory
from zetasql.core.exceptions import ServerError
from zetasql.core.wasm_client import WasmClient, get_tzinfo_dir
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.public import options_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

from .googlesql_values import KIND, decode, encode, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class SqlError(Exception):
    """BigQuery would refuse this statement, or fail in it; the message is the engine's."""


STATEMENTS = (
    "RESOLVED_QUERY_STMT",
    "RESOLVED_CREATE_TABLE_AS_SELECT_STMT",
    "RESOLVED_CREATE_TABLE_STMT",
    "RESOLVED_CREATE_VIEW_STMT",
    "RESOLVED_MERGE_STMT",
    "RESOLVED_INSERT_STMT",
    "RESOLVED_DELETE_STMT",
    "RESOLVED_UPDATE_STMT",
)
# What the analyzer would accept in queries and BigQuery refuses, or is not known to accept. Parameterized types are for
# table definitions there: `cast(x as numeric(38, 9))` is an error.
REFUSED = (
    "AGGREGATE_FILTERING",
    "ARRAY_EQUALITY",
    "ARRAY_ORDERING",
    "BARE_ARRAY_ACCESS",
    "GROUP_BY_ARRAY",
    "INLINE_LAMBDA_ARGUMENT",
    "LATERAL_JOIN",
    "MATCH_RECOGNIZE",
    "MULTILEVEL_AGGREGATION",
    "MULTIWAY_UNNEST",
    "NULLIFZERO_ZEROIFNULL",
    "PARAMETERIZED_TYPES",
    "SPANNER_LEGACY_DDL",
    "TYPEOF_FUNCTION",
    "UUID_TYPE",
)
# BigQuery's other names of INT64, which the analyzer alone does not know.
INT64_ALIASES = ("bigint", "byteint", "int", "integer", "smallint", "tinyint")
PARAMETERS = re.compile(r"\(\s*\d+\s*(?:,\s*\d+\s*)?\)")
RELATION = re.compile(r"`([^`]+)`\.`([^`]+)`\.`([^`]+)`")

Columns = dict[str, Any]  # column name -> type (a protobuf `TypeProto`), in order


def relation_names(sql: str) -> set[str]:
    """Find the relations that a statement names as `` `project`.`dataset`.`table` ``: 'project.dataset.table' each."""
    return {".".join(match.groups()) for match in RELATION.finditer(sql)}


class _Client(WasmClient):
    """The package's client with two differences: the compiled module is cached, and memory is copied in blocks."""

    def __init__(self, cache: Path) -> None:
        wasi = wasmtime.WasiConfig()
        wasi.inherit_stderr()
        if zones := get_tzinfo_dir():
            wasi.preopen_dir(zones, "/usr/share/zoneinfo")
        config = wasmtime.Config()
        config.shared_memory = True
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi)
        self.module = _compiled(engine, Path(get_wasm_path()), cache)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self.instance = linker.instantiate(self.store, self.module)
        self.exports = self.instance.exports(self.store)
        self.exports["_initialize"](self.store)
        self.memory = self.exports["memory"]

    def _address(self, pointer: int) -> int:
        base = ctypes.cast(self.memory.data_ptr(), ctypes.c_void_p).value
        return (base or 0) + pointer

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(self._address(ptr), data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(self._address(ptr), size)


def _compiled(engine: wasmtime.Engine, wasm: Path, cache: Path) -> wasmtime.Module:
    """Give the engine's machine code, from the cache or compiled now (15 s) and kept; the key is all it depends on."""
    machine = ":".join(os.uname()[i] for i in (0, 4))
    parts = (version("wasmtime"), version("zetasql"), str(wasm.stat().st_size), machine)
    kept = cache / f"googlesql-{hashlib.md5(':'.join(parts).encode()).hexdigest()}.module"
    if kept.is_file():
        try:
            return wasmtime.Module.deserialize_file(engine, str(kept))
        except wasmtime.WasmtimeError:  # made for another processor: compile again
            kept.unlink(missing_ok=True)
    module = wasmtime.Module.from_file(engine, str(wasm))
    cache.mkdir(parents=True, exist_ok=True)
    half = kept.with_suffix(f".{os.getpid()}")
    half.write_bytes(module.serialize())
    half.replace(kept)
    return module


class GoogleSQL:
    """A catalog of relations, and the two things one can ask of SQL: which columns it gives, and which rows.

    Relations are named 'project.dataset.table'; SQL must name them as `` `project`.`dataset`.`table` ``, as dbt does.
    Errors of the SQL itself are `SqlError`.
    """

    def __init__(self, cache: Path) -> None:
        """Start the engine; its machine code is kept in the folder `cache`."""
        self._client = _Client(cache)
        self._types: dict[str, Any] = {}
        self._tables: dict[str, tuple[Columns, Any]] = {}  # the rows as the engine wants them, None where not known
        self._language = self._bigquery_language()
        self._empty = service.AnalyzeRequest().simple_catalog.__class__(name="bigquery")
        self._empty.builtin_function_options.language_options.CopyFrom(self._language)
        for alias in INT64_ALIASES:
            self._empty.named_type.add(name=alias).type.type_kind = KIND.TYPE_INT64

    def _bigquery_language(self) -> Any:  # noqa: ANN401 - protobuf classes are made at run time
        """BigQuery's dialect: external product mode, QUALIFY reserved, every released feature on."""
        proto = message_factory.GetMessageClass(
            descriptor_pool.Default().FindMessageTypeByName("zetasql.LanguageOptionsProto")
        )
        options = self._call("GetLanguageOptions", service.LanguageOptionsRequest(maximum_features=True), proto)
        options.product_mode = options_pb2.PRODUCT_EXTERNAL
        options.reserved_keywords.append("QUALIFY")
        kinds = resolved_node_kind_pb2.ResolvedNodeKind
        options.supported_statement_kinds.extend(kinds.Value(kind) for kind in STATEMENTS)
        refused = {options_pb2.LanguageFeature.Value(f"FEATURE_{name}") for name in REFUSED}
        features = [feature for feature in options.enabled_language_features if feature not in refused]
        del options.enabled_language_features[:]
        options.enabled_language_features.extend(features)
        return options

    def _call(self, method: str, request: Any, response: Any) -> Any:  # noqa: ANN401
        try:
            return self._client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)
        except ServerError as error:
            raise SqlError(str(error)) from error

    def type(self, text: str) -> Any:  # noqa: ANN401
        """Read a type in a table definition's words, such as 'numeric(38, 9)' or 'ARRAY<STRUCT<key STRING>>'."""
        if text not in self._types:
            request = service.AnalyzeRequest(sql_expression=f"CAST(NULL AS {PARAMETERS.sub('', text)})")
            request.options.language_options.CopyFrom(self._language)
            request.simple_catalog.CopyFrom(self._empty)
            answer = self._call("Analyze", request, service.AnalyzeResponse)
            self._types[text] = _type_of(answer.resolved_expression)
        return self._types[text]

    def add_table(self, name: str, columns: Mapping[str, Any], rows: Iterable[Sequence[Any]] | None = None) -> None:
        """Make a relation known. `columns`: name -> type (text or type); `rows`: tuples in the order of the columns."""
        types = {column: self.type(kind) if isinstance(kind, str) else kind for column, kind in columns.items()}
        self._tables[name] = (types, None if rows is None else _encoded(types, rows))

    def columns_of(self, name: str) -> Columns:
        """Give the columns of a known relation: name -> type."""
        return self._tables[name][0]

    def _request(self, kind: Any, sql: str, field: str) -> Any:  # noqa: ANN401
        """Make a request whose catalog has just the relations that `sql` names, at its root, under their full names."""
        request = kind(**{field: RELATION.sub(r"`\1.\2.\3`", sql)})
        request.options.language_options.CopyFrom(self._language)
        request.options.error_message_mode = options_pb2.ERROR_MESSAGE_ONE_LINE
        request.options.default_timezone = "UTC"
        request.options.prune_unused_columns = False
        request.simple_catalog.CopyFrom(self._empty)
        for number, name in enumerate(sorted(relation_names(sql) & self._tables.keys()), start=1):
            table = request.simple_catalog.table.add(name=name, serialization_id=number, full_name=name)
            for column, column_type in self._tables[name][0].items():
                table.column.add(name=column).type.CopyFrom(column_type)
        return request

    def columns(self, sql: str) -> Columns:
        """Type a query: its columns in order. Raises SqlError where BigQuery would refuse it."""
        request = self._request(service.AnalyzeRequest, sql, "sql_statement")
        statement = self._call("Analyze", request, service.AnalyzeResponse).resolved_statement
        return {column.name: column.column.type for column in _outputs(statement)}

    def check(self, sql: str) -> None:
        """Read any statement, such as a MERGE. Raises SqlError where BigQuery would refuse it."""
        self._call("Analyze", self._request(service.AnalyzeRequest, sql, "sql_statement"), service.AnalyzeResponse)

    def schema(self, sql: str) -> dict[str, str]:
        """Type a query: its columns, with their types as text."""
        return {name: type_name(kind) for name, kind in self.columns(sql).items()}

    def run(self, sql: str, *, keep_as: str | None = None) -> tuple[Columns, list[tuple[Any, ...]]]:
        """Evaluate a query with the reference implementation: its columns and its rows as Python values.

        `keep_as` makes what comes out known as a relation, just as the engine gave it.
        """
        request = self._request(service.EvaluateQueryRequest, sql, "sql")
        for name in relation_names(sql) & self._tables.keys():
            content = self._tables[name][1]
            if content is None:
                message = f"{name} has columns but no rows here: it was not evaluated before it was read"
                raise SqlError(message)
            request.table_content[name].CopyFrom(content)
        answer = self._call("EvaluateQuery", request, service.EvaluateQueryResponse)
        columns = {column.name: column.type for column in answer.prepared.columns}
        if keep_as:
            self._tables[keep_as] = (columns, answer.content)
        types = [column.type for column in answer.prepared.columns]
        rows = [
            tuple(decode(cell, column_type) for cell, column_type in zip(row.cell, types, strict=True))
            for row in answer.content.table_data.row
        ]
        return columns, rows


def _encoded(columns: Columns, rows: Iterable[Sequence[Any]]) -> Any:  # noqa: ANN401
    """Write rows as the content of a table, once for all queries that read it."""
    content = service.EvaluateQueryRequest().table_content[""]
    content.table_data.SetInParent()  # a table without rows is still a table
    types = list(columns.values())
    for row in rows:
        cells = content.table_data.row.add().cell
        for value, column_type in zip(row, types, strict=True):
            encode(cells.add(), value, column_type)
    return content


def _type_of(expression: Any) -> Any:  # noqa: ANN401
    """Find the type of a resolved expression, which is wrapped in messages of its base classes, one in the other."""
    message = expression
    while True:
        fields = [field for field in message.DESCRIPTOR.fields if field.message_type and message.HasField(field.name)]
        if any(field.name == "type" for field in fields):
            return message.type
        message = getattr(message, fields[0].name)


def _outputs(statement: Any) -> Any:  # noqa: ANN401
    """Find the output columns of a resolved statement, in the same way."""
    message = getattr(statement, statement.WhichOneof("node"))
    while not any(field.name == "output_column_list" for field in message.DESCRIPTOR.fields):
        message = message.parent
    return message.output_column_list
