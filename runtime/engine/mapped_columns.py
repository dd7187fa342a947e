"""Owns columns under two names: as files store them, and as the table calls them (column mapping), in depth.

A column's own name is an alias, which lets predicates through to the Parquet reader. Names
inside of structs, lists and maps are exchanged by a function that copies nothing: the same
buffers under another type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from datafusion import ScalarUDF, udf

from ...dialect.types import DataType, Field, Schema, quote
from .arrow_types import arrow_type
from .declare import as_scanned
from .reshape import Relabelled, reshaped
from .row_numbers import fence


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation and of its files.

    Args:
        logical: as the relation has it.
        stored: as the files have it; the same where no mapping is.
        logged: whether its values stand in the log and not in the files.
        meant: for a column whose parts are others in the files, the logical type under the names that files have.
    """

    logical: Field
    stored: Field
    logged: bool = False
    meant: DataType | None = None

    @property
    def is_stored(self) -> bool:
        """Say whether files are asked for it; a column of type NULL is null anyway."""
        return not self.logged and self.logical.type.name != "NULL"

    @property
    def is_shown(self) -> bool:
        """Say whether a query of files' rows shows it."""
        return not self.logged


def columns_of(logical: Schema, stored: Schema | None, logged: Sequence[str], own: Schema | None = None) -> list[Column]:
    """Return the columns of files for which the log has values of these names; `own` are those in which the files have other parts."""
    pairs = zip(logical, logical if stored is None else stored, strict=True)
    return [_column(mine, theirs, mine.name in logged, None if own is None else own.get(theirs.name)) for mine, theirs in pairs]


def _column(logical: Field, stored: Field, logged: bool, own: Field | None) -> Column:
    return Column(logical, stored, logged) if own is None else Column(logical, replace(stored, type=own.type), logged, stored.type)


@dataclass(frozen=True, slots=True)
class Shown:
    """What to select for a column, with the function that it calls, if it does."""

    sql: str
    function: ScalarUDF | None = None


def shown(column: Column, name: str, scanned: Callable[[], pa.DataType], *, fenced: bool = False) -> Shown:
    """Return what to select of files for a column.

    Args:
        column: the column.
        name: of the function, where one is needed.
        scanned: tells the Arrow type in which the engine reads the stored column.
        fenced: whether conditions on it have to stay above.
    """
    logical, stored = column.logical, column.stored
    if logical.type.name == "NULL":
        return Shown(f"NULL AS {quote(logical.name)}")
    function = _function(column, name, scanned, "volatile" if fenced else "immutable")
    if function is None and fenced:
        function = fence(name, scanned())
    if function is None:
        return Shown(as_scanned(stored, logical.name))
    return Shown(f"{name}({quote(stored.name)}) AS {quote(logical.name)}", function)


def _function(column: Column, name: str, scanned: Callable[[], pa.DataType], volatility: str) -> ScalarUDF | None:
    """Return what puts a column into its logical form; None where it has that already."""
    if (meant := column.meant) is not None:
        wanted = arrow_type(column.logical.type, views=True)
        return udf(lambda values: reshaped(values, meant, wanted), [scanned()], wanted, volatility, name)
    if not _renamed_inside(column.stored.type, column.logical.type):
        return None
    kind = scanned()
    named = _named(kind, column.logical.type)
    return udf(lambda values: pa.array(Relabelled(values, named)), [kind], named, volatility, name)


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
