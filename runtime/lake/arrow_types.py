"""Owns the way from the Arrow types that files declare to treadle's types, as the native scan reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import DataType, Field, Schema

if TYPE_CHECKING:
    import pyarrow as pa


def from_arrow(schema: pa.Schema, path: str) -> Schema:
    """Return treadle's schema of a file's Arrow schema; zones become UTC.

    Raises T4016, naming the column and the file, for a type that has no counterpart.
    """
    from ..engine.arrow_types import data_type

    fields = []
    for field in schema:
        try:
            fields.append(Field(field.name, _in_utc(data_type(field.type)), field.nullable))
        except TreadleError as problem:
            what = f"column `{field.name}` of `{path}` has the type {field.type}, which can't be read"
            raise error("T4016", what, help="rewrite it with another type") from problem
    return Schema(tuple(fields))


def _in_utc(type_: DataType) -> DataType:
    fields = tuple(Field(f.name, _in_utc(f.type), f.nullable) for f in type_.fields)
    return DataType(type_.name, type_.precision, type_.scale, "UTC" if type_.zone else None, fields)
