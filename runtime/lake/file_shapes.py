"""Owns the parts of nested columns that a file has: which of them the engine would not find by their names.

Fields of structs come and go, and files keep those that they were written with. The engine matches them by name,
but inside of maps it takes them by position or refuses, and it refuses a struct of which a file has no field at all
(measured). Such a column is read as the file has it, and put into the table's form afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError
from ...dialect.types import DataType, Field, Schema
from ..engine.arrow_types import data_type
from .schemas import has_type

if TYPE_CHECKING:
    import pyarrow as pa


def may_differ(columns: Schema, mapped: bool) -> tuple[str, ...]:
    """Return the names of the columns of which files may have other parts than the engine finds.

    Args:
        columns: the columns under the names that files have.
        mapped: whether the table maps columns, without which fields are never dropped.
    """
    return tuple(one.name for one in columns if _holds_struct_in_map(one.type) or (mapped and has_type(one.type, ("STRUCT",))))


def _holds_struct_in_map(kind: DataType) -> bool:
    if kind.name == "MAP" and any(has_type(one.type, ("STRUCT",)) for one in kind.fields):
        return True
    return any(_holds_struct_in_map(one.type) for one in kind.fields)


def own_columns(columns: Schema, names: Sequence[str], path: str) -> Schema | None:
    """Return the columns that have to be read as a file has them, in its form; None where none has to.

    Args:
        columns: the columns under the names that the file has.
        names: those that are looked at.
        path: the file, whose footer is read; a damaged one is left to whoever reads it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        there = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        return None
    found = [_own(one, there) for one in columns if one.name in names and there.get_field_index(one.name) >= 0]
    own = tuple(one for one in found if one is not None)
    return Schema(own) if own else None


def _own(column: Field, there: pa.Schema) -> Field | None:
    kind = there.field(column.name).type
    try:
        return replace(column, type=_form(column.type, kind)) if _is_lost(column.type, kind, in_map=False) else None
    except TreadleError:  # the file has a type that has no name here
        return None


def _is_lost(wanted: DataType, kind: pa.DataType, in_map: bool) -> bool:
    """Say whether the engine would miss or mistake parts of a type in a file."""
    inside = _inside(wanted, kind)
    if wanted.name != "STRUCT":
        return any(_is_lost(one.type, other, in_map or wanted.name == "MAP") for one, other in zip(wanted.fields, inside, strict=False))
    names = [kind.field(at).name for at in range(len(inside))]
    if names and (names != [one.name for one in wanted.fields] if in_map else not {one.name for one in wanted.fields} & set(names)):
        return True
    return any(_is_lost(one.type, inside[names.index(one.name)], in_map) for one in wanted.fields if one.name in names)


def _inside(wanted: DataType, kind: pa.DataType) -> list[pa.DataType]:
    """Return the types inside of a file's type; none where it isn't of the wanted kind."""
    import pyarrow as pa

    if wanted.name == "STRUCT" and pa.types.is_struct(kind):
        return [kind.field(at).type for at in range(kind.num_fields)]
    if wanted.name == "LIST" and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return [kind.value_type]
    return [kind.key_type, kind.item_type] if wanted.name == "MAP" and pa.types.is_map(kind) else []


def _form(wanted: DataType, kind: pa.DataType) -> DataType:
    """Return a type with the parts that a file has, of the wanted types where those are wanted."""
    inside = _inside(wanted, kind)
    if not inside:
        return wanted
    if wanted.name != "STRUCT":
        pairs = zip(wanted.fields, inside, strict=True)
        return replace(wanted, fields=tuple(replace(one, type=_form(one.type, other)) for one, other in pairs))
    known = {one.name: one for one in wanted.fields}
    fields = [kind.field(at) for at in range(len(inside))]
    return replace(wanted, fields=tuple(_field(known.get(one.name), one) for one in fields))


def _field(wanted: Field | None, found: pa.Field) -> Field:
    return Field(found.name, data_type(found.type)) if wanted is None else replace(wanted, type=_form(wanted.type, found.type))
