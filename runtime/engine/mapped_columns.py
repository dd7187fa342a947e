"""Owns columns under two names: as files store them, and as the table calls them (column mapping), in depth.

A column's own name is an alias, which lets predicates through to the Parquet reader. Names
inside of structs, lists and maps are exchanged by a function that copies nothing: the same
buffers under another type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from datafusion import ScalarUDF, udf

from ...dialect.types import DataType, Field, Schema, quote
from .declare import as_scanned


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation and of its files.

    Args:
        logical: as the relation has it.
        stored: as the files have it; the same where no mapping is.
        logged: whether its values stand in the log and not in the files.
    """

    logical: Field
    stored: Field
    logged: bool = False

    @property
    def is_stored(self) -> bool:
        """Say whether files are asked for it; a column of type NULL is null anyway."""
        return not self.logged and self.logical.type.name != "NULL"

    @property
    def is_shown(self) -> bool:
        """Say whether a query of files' rows shows it."""
        return not self.logged


def columns_of(logical: Schema, stored: Schema | None, logged: Sequence[str]) -> list[Column]:
    """Return the columns of files for which the log has values of these names."""
    pairs = zip(logical, logical if stored is None else stored, strict=True)
    return [Column(mine, theirs, mine.name in logged) for mine, theirs in pairs]


@dataclass(frozen=True, slots=True)
class Shown:
    """What to select for a column, with the function that it calls, if it does."""

    sql: str
    function: ScalarUDF | None = None


def shown(column: Column, name: str, scanned: Callable[[], pa.DataType]) -> Shown:
    """Return what to select of files for a column.

    Args:
        column: the column.
        name: of the function, where one is needed.
        scanned: tells the Arrow type in which the engine reads the stored column.
    """
    logical, stored = column.logical, column.stored
    if logical.type.name == "NULL":
        return Shown(f"NULL AS {quote(logical.name)}")
    if not _renamed_inside(stored.type, logical.type):
        return Shown(as_scanned(stored, logical.name))
    kind = scanned()
    named = _named(kind, logical.type)
    function = udf(lambda values: pa.array(_Relabelled(values, named)), [kind], named, "immutable", name)
    return Shown(f"{name}({quote(stored.name)}) AS {quote(logical.name)}", function)


def _renamed_inside(stored: DataType, logical: DataType) -> bool:
    return any(
        (stored.name == "STRUCT" and theirs.name != mine.name) or _renamed_inside(theirs.type, mine.type)
        for theirs, mine in zip(stored.fields, logical.fields, strict=True)
    )


def _named(kind: pa.DataType, logical: DataType) -> pa.DataType:
    """Return an Arrow type with the names of the logical type's struct fields, and everything else as it was."""
    inside = [kind.field(at) for at in range(kind.num_fields)]
    if pa.types.is_struct(kind):
        fields = zip(inside, logical.fields, strict=True)
        return pa.struct([pa.field(mine.name, _named(one.type, mine.type), one.nullable) for one, mine in fields])
    if pa.types.is_map(kind):
        key, value = (one.with_type(_named(one.type, mine.type)) for one, mine in zip((kind.key_field, kind.item_field), logical.fields,
                                                                                     strict=True))  # fmt: skip
        return pa.map_(key, value, kind.keys_sorted)
    if pa.types.is_list(kind):
        return pa.list_(inside[0].with_type(_named(inside[0].type, logical.fields[0].type)))
    return kind


class _Relabelled:
    """An array under another type of the same layout, for whoever speaks the Arrow C data interface."""

    def __init__(self, values: pa.Array[Any], kind: pa.DataType) -> None:
        """Take the array, and the type that it shall have."""
        self._values, self._kind = values, kind

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Return the type and the array's own buffers."""
        return self._kind.__arrow_c_schema__(), self._values.__arrow_c_array__()[1]
