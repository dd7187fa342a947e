"""Owns the way between Delta's types, treadle's types and the Arrow types in which Delta stores rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import BIGINT, BYTEA, NULL, VARCHAR, DataType, Field, Schema, decimal, list_of, map_of, struct, timestamp

if TYPE_CHECKING:
    import pyarrow as pa

VARIANT = struct(Field("metadata", BYTEA), Field("value", BYTEA))
"""What a variant is read as."""
_PRIMITIVES = {
    "string": VARCHAR,
    "long": BIGINT,
    "integer": DataType("INT"),
    "short": DataType("SMALLINT"),
    "byte": DataType("TINYINT"),
    "float": DataType("FLOAT"),
    "double": DataType("DOUBLE"),
    "boolean": DataType("BOOLEAN"),
    "binary": BYTEA,
    "date": DataType("DATE"),
    "timestamp": timestamp(6, "UTC"),
    "timestamp_ntz": timestamp(6),
    "void": NULL,
    "variant": VARIANT,
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(-?\d+)\)")
_TEXT = re.compile(r"(var)?char\(\d+\)")

CHANGE_FIELDS = (
    Field("_change_type", VARCHAR, False),
    Field("_commit_version", BIGINT, False),
    Field("_commit_timestamp", timestamp(6, "UTC"), False),
)


def from_delta(schema_json: str) -> Schema:
    """Return treadle's schema of Delta's schema in JSON; raises T4016 for a type that has none."""
    return Schema(tuple(_fields(json.loads(schema_json)["fields"], None, lambda field: str(field["name"]))))


def stored_schema(schema_json: str) -> Schema:
    """Return the same columns, one for one and in depth, under the names that files and statistics have (column mapping)."""
    return Schema(tuple(_fields(json.loads(schema_json)["fields"], None, _physical_name)))


def _physical_name(field: Mapping[str, Any]) -> str:
    return str((field.get("metadata") or {}).get("delta.columnMapping.physicalName") or field["name"])


def type_of(delta: Any, column: str) -> DataType:
    """Return treadle's type of a type in Delta's JSON; raises T4016 where there is none."""
    return _type(delta, column, lambda field: str(field["name"]))


_Naming = Callable[[Mapping[str, Any]], str]


def _fields(fields: Iterable[Mapping[str, Any]], column: str | None, name: _Naming) -> Iterator[Field]:
    return (Field(name(f), _type(f["type"], column or f["name"], name), bool(f["nullable"])) for f in fields)


def _type(delta: Any, column: str, name: _Naming) -> DataType:
    if isinstance(delta, str):
        return _primitive(delta, column)
    kind = delta["type"]
    if kind == "struct":
        return struct(*_fields(delta["fields"], column, name))
    if kind == "array":
        return list_of(_type(delta["elementType"], column, name))
    if kind == "map":
        return map_of(_type(delta["keyType"], column, name), _type(delta["valueType"], column, name))
    return _primitive(str(kind), column)


def _primitive(name: str, column: str) -> DataType:
    if name in _PRIMITIVES:
        return _PRIMITIVES[name]
    if _TEXT.fullmatch(name):
        return VARCHAR
    found = _DECIMAL.fullmatch(name)
    if found is None:
        raise error("T4016", f"column `{column}` has the Delta type `{name}`, which can't be read")
    return decimal(int(found[1]), int(found[2]))


def has_type(type_: DataType, names: tuple[str, ...]) -> bool:
    """Say whether a type of one of these names occurs anywhere in a type.

    >>> has_type(list_of(map_of(BIGINT, VARCHAR)), ("MAP",))
    True
    """
    return type_.name in names or any(has_type(f.type, names) for f in type_.fields)


def with_changes(schema: Schema) -> Schema:
    """Return the schema of a table's change feed: its columns and the three of the change."""
    return Schema((*schema.fields, *CHANGE_FIELDS))


def arrow_schema(schema: Schema) -> pa.Schema:
    """Return the Arrow schema in which Delta stores these columns; raises T4033 where it has no type."""
    import pyarrow as pa

    return pa.schema([pa.field(f.name, arrow_type(f.type, f.name), f.nullable) for f in schema])


def arrow_type(type_: DataType, column: str) -> pa.DataType:
    """Return the Arrow type in which Delta stores a type without loss; raises T4033 where there is none.

    Unsigned integers take the next wider signed type, timestamps are microseconds.
    """
    import pyarrow as pa

    simple = {
        "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INT": pa.int32(), "BIGINT": pa.int64(),
        "TINYINT UNSIGNED": pa.int16(), "SMALLINT UNSIGNED": pa.int32(), "INT UNSIGNED": pa.int64(),
        "BIGINT UNSIGNED": pa.decimal128(20, 0), "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "VARCHAR": pa.string(),
        "BYTEA": pa.binary(), "DATE": pa.date32(), "NULL": pa.null(),
    }  # fmt: skip
    if type_.name in simple:
        return simple[type_.name]
    if type_.name == "DECIMAL" and type_.precision is not None and type_.precision <= 38:
        return pa.decimal128(type_.precision, type_.scale or 0)
    if type_.name == "TIMESTAMP":
        return pa.timestamp("us", "UTC" if type_.zone else None)
    return _nested(type_, column)


def _nested(type_: DataType, column: str) -> pa.DataType:
    import pyarrow as pa

    if type_.name == "LIST":
        item = type_.fields[0]
        return pa.list_(pa.field("element", arrow_type(item.type, column), item.nullable))
    if type_.name == "STRUCT":
        return pa.struct([pa.field(f.name, arrow_type(f.type, column), f.nullable) for f in type_.fields])
    if type_.name == "MAP":
        key, value = type_.fields
        return pa.map_(arrow_type(key.type, column), pa.field("value", arrow_type(value.type, column), value.nullable))
    raise error("T4033", f"column `{column}` has type {type_.sql()}, which Delta can't store", help="cast it to another type")
