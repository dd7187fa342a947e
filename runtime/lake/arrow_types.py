"""Owns the way from Arrow types that files declare to treadle's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import BOOLEAN, BYTEA, DATE, NULL, TIME, VARCHAR, DataType, Field, Schema, decimal, list_of, map_of, struct, timestamp

if TYPE_CHECKING:
    import pyarrow as pa

_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_NUMBERS = {
    "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT", "uint8": "TINYINT UNSIGNED",
    "uint16": "SMALLINT UNSIGNED", "uint32": "INT UNSIGNED", "uint64": "BIGINT UNSIGNED", "float": "FLOAT", "double": "DOUBLE",
}  # fmt: skip


def from_arrow(schema: pa.Schema, path: str) -> Schema:
    """Return treadle's schema of a file's Arrow schema; raises T4016 naming the file for a type that has none."""
    return Schema(tuple(Field(f.name, type_from_arrow(f.type, f.name, path), f.nullable) for f in schema))


def type_from_arrow(arrow: Any, column: str, path: str) -> DataType:
    """Return treadle's type of an Arrow type; dictionaries become their values, views and large types the plain ones."""
    import pyarrow as pa

    kind = pa.types
    if str(arrow) in _NUMBERS:
        return DataType(_NUMBERS[str(arrow)])
    if kind.is_decimal(arrow):
        return decimal(arrow.precision, arrow.scale)
    if kind.is_timestamp(arrow):
        return timestamp(_UNITS[arrow.unit], "UTC" if arrow.tz else None)
    if kind.is_duration(arrow):
        return DataType("DURATION", _UNITS[arrow.unit])
    simple = (
        (kind.is_boolean, BOOLEAN),
        (lambda t: kind.is_string(t) or kind.is_large_string(t) or kind.is_string_view(t), VARCHAR),
        (lambda t: kind.is_binary(t) or kind.is_large_binary(t) or kind.is_binary_view(t) or kind.is_fixed_size_binary(t), BYTEA),
        (kind.is_date, DATE),
        (kind.is_time, TIME),
        (kind.is_null, NULL),
    )
    found = next((ours for test, ours in simple if test(arrow)), None)
    return found if found is not None else _nested(arrow, column, path)


def _nested(arrow: Any, column: str, path: str) -> DataType:
    import pyarrow as pa

    kind = pa.types
    if kind.is_dictionary(arrow):
        return type_from_arrow(arrow.value_type, column, path)
    if kind.is_list(arrow) or kind.is_large_list(arrow) or kind.is_fixed_size_list(arrow) or kind.is_list_view(arrow):
        return list_of(type_from_arrow(arrow.value_type, column, path))
    if kind.is_struct(arrow):
        return struct(*(Field(f.name, type_from_arrow(f.type, column, path), f.nullable) for f in arrow.fields))
    if kind.is_map(arrow):
        return map_of(type_from_arrow(arrow.key_type, column, path), type_from_arrow(arrow.item_type, column, path))
    raise error("T4016", f"column `{column}` of `{path}` has the type {arrow}, which can't be read", help="rewrite it with another type")
