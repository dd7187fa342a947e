"""Owns the nulls of structs in frames: a field of a null struct is made null as well.

Arrow lets values stand under a null struct, and pyarrow makes such arrays from Python values;
the engine reads a field without a look at its struct, so `s['a']` would show them.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def settle(table: pa.Table) -> pa.Table:
    """Return the table with null structs that hold nothing; columns without structs are kept as they are."""
    for at, field in enumerate(table.schema):
        if _reaches_struct(field.type):
            chunks = [settle_array(chunk) for chunk in table.column(at).chunks]
            table = table.set_column(at, field, pa.chunked_array(chunks, field.type))
    return table


def _reaches_struct(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return True
    return any(_reaches_struct(kind.field(at).type) for at in range(kind.num_fields))


def settle_array(array: pa.Array[Any]) -> pa.Array[Any]:
    """Return the array with null structs that hold nothing; one without structs as it is."""
    kind = array.type
    if not _reaches_struct(kind):
        return array
    if isinstance(array, pa.StructArray):
        fields = [settle_array(part) for part in array.flatten()]  # flattened fields are null where the struct is
        return pa.StructArray.from_arrays(fields, fields=list(kind), mask=array.is_null()) if fields else array
    if isinstance(array, pa.MapArray):
        whole = pa.concat_arrays([array])
        return pa.MapArray.from_arrays(whole.offsets, settle_array(whole.keys), settle_array(whole.items), kind, mask=_mask(whole))
    if isinstance(array, pa.ListArray | pa.LargeListArray):
        whole = pa.concat_arrays([array])
        return type(array).from_arrays(whole.offsets, settle_array(whole.values), kind, mask=_mask(whole))
    return array


def _mask(array: pa.Array[Any]) -> pa.Array[Any] | None:
    return array.is_null() if array.null_count else None
