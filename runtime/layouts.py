"""Owns the layouts in which rows are handed out: plain text and bytes, which every Arrow consumer takes.

The engine computes with views (`string_view`), for which pyarrow has no sorting or filtering yet.
"""

from __future__ import annotations

import pyarrow as pa


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return a type with text and bytes in their plain layouts, inside lists, structs and maps too.

    >>> plain_type(pa.list_(pa.string_view()))
    ListType(list<item: string>)
    """
    if pa.types.is_primitive(kind):
        return kind
    if kind == pa.string_view():
        return pa.string()
    if kind == pa.binary_view():
        return pa.binary()
    if pa.types.is_list(kind):
        return pa.list_(_plain_field(kind.value_field))
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(i)) for i in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_plain_field(kind.key_field), _plain_field(kind.item_field), kind.keys_sorted)
    return kind


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema in plain layouts; equal to the given one when nothing changes."""
    return pa.schema([_plain_field(field) for field in schema], schema.metadata)


def plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch in the layouts of a plain schema; columns that have them already are not copied."""
    columns = [
        column if column.type == field.type else column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema) if columns else batch


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(plain_type(field.type))
