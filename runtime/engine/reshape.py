"""Owns putting nested values of a file into the table's form: fields by the names that files have, those that it lacks null.

In: arrays as a file has them. Out: arrays of the table's type. Lists and maps keep their offsets, so only what
differs is made anew.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ...dialect.types import DataType


class Relabelled:
    """An array under another type of the same layout, for whoever speaks the Arrow C data interface."""

    def __init__(self, values: pa.Array[Any], kind: pa.DataType) -> None:
        """Take the array, and the type that it shall have."""
        self._values, self._kind = values, kind

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Return the type and the array's own buffers."""
        return self._kind.__arrow_c_schema__(), self._values.__arrow_c_array__()[1]


def reshaped(values: pa.Array[Any], stored: DataType, kind: pa.DataType) -> pa.Array[Any]:
    """Return nested values in another form.

    Args:
        values: as a file has them.
        stored: the wanted type under the names that files have.
        kind: the wanted Arrow type, one for one the same.
    """
    if pa.types.is_struct(kind):
        return _struct(values, stored, kind)
    if pa.types.is_map(kind):
        entries = pa.list_(pa.struct([values.type.key_field, values.type.item_field]))
        wanted = pa.list_(pa.struct([kind.key_field, kind.item_field]))
        inside = DataType("STRUCT", fields=stored.fields)
        listed = pa.array(Relabelled(values, entries))
        return pa.array(Relabelled(_list(listed, inside, wanted, by_place=True), kind))
    if pa.types.is_list(kind):
        return _list(values, stored.fields[0].type, kind)
    return values if values.type == kind else values.cast(kind)


def _struct(values: Any, stored: DataType, kind: Any, by_place: bool = False) -> Any:
    parts, wanted = [], [kind.field(at) for at in range(kind.num_fields)]
    for place, (field, one) in enumerate(zip(stored.fields, wanted, strict=True)):
        at = place if by_place else values.type.get_field_index(field.name)
        parts.append(pa.nulls(len(values), one.type) if at < 0 else reshaped(values.field(at), field.type, one.type))
    return pa.StructArray.from_arrays(parts, fields=wanted, mask=values.is_null())


def _list(values: Any, item: DataType, kind: Any, by_place: bool = False) -> Any:
    """Return a list under its own offsets; `by_place` is for entries of maps, whose names files choose."""
    inside = _struct(values.values, item, kind.value_type, by_place=True) if by_place else reshaped(values.values, item, kind.value_type)
    return pa.Array.from_buffers(kind, len(values), values.buffers()[:2], offset=values.offset, children=[inside])
