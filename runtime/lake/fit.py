"""Owns the fit between a view's columns and a table's: which differences there are, and the casts that lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import INTEGERS, UNSIGNED, DataType, Schema, shown

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19}
_DIGITS |= {"TINYINT UNSIGNED": 3, "SMALLINT UNSIGNED": 5, "INT UNSIGNED": 10, "BIGINT UNSIGNED": 20}
_IN_FLOAT: tuple[str, ...] = ("TINYINT", "SMALLINT", "TINYINT UNSIGNED", "SMALLINT UNSIGNED")
_EXACT_IN = {"FLOAT": _IN_FLOAT, "DOUBLE": (*_IN_FLOAT, "INT", "INT UNSIGNED", "FLOAT")}


def differences(view: Schema, table: Schema) -> tuple[str, ...]:
    """Return how a view's columns fail to fit a table's, a line each; none means that they fit.

    Columns are matched by exact name, in any order. A column fits when the table's type
    can hold every value of the view's; nulls and digits below the microsecond are left to
    the check of the rows.
    """
    return tuple(_differences(view, table))


def _differences(view: Schema, table: Schema) -> Iterator[str]:
    folded = {f.name.lower(): f.name for f in view}
    for wanted in table:
        given = view.get(wanted.name)
        if given is not None:
            if not fits(given.type, wanted.type):
                yield f"{shown(wanted.name)}: the view gives {given.type.sql()}, the table holds {wanted.type.sql()}"
        elif wanted.name.lower() in folded:
            yield f"{shown(wanted.name)}: the view spells it {shown(folded[wanted.name.lower()])}"
        else:
            yield f"{shown(wanted.name)} {wanted.type.sql()}: missing in the view"
    names = {f.name.lower() for f in table}
    yield from (f"{shown(f.name)} {f.type.sql()}: not in the table" for f in view if f.name.lower() not in names)


def fits(given: DataType, held: DataType) -> bool:
    """Say whether a type can hold every value of another one.

    >>> fits(DataType("INT"), DataType("BIGINT")), fits(DataType("DOUBLE"), DataType("BIGINT"))
    (True, False)
    """
    if given == held or given.name == "NULL":
        return True
    if held.name == "DECIMAL":
        return _fits_decimal(given, held)
    if given.name in _DIGITS and held.name in INTEGERS:
        return _fits_integer(given.name, held.name)
    if held.name in _EXACT_IN:
        return given.name in _EXACT_IN[held.name]
    if held.name == "TIMESTAMP":
        return given.name == "TIMESTAMP" and (given.zone is None) == (held.zone is None)
    return given.name == held.name and held.name in ("LIST", "STRUCT", "MAP") and _fits_nested(given, held)


def _fits_integer(given: str, held: str) -> bool:
    if given in UNSIGNED:
        return UNSIGNED.index(given) < INTEGERS.index(held)
    return INTEGERS.index(given) <= INTEGERS.index(held)


def _fits_decimal(given: DataType, held: DataType) -> bool:
    scale, whole = held.scale or 0, (held.precision or 38) - (held.scale or 0)
    if given.name == "DECIMAL":
        return (given.scale or 0) <= scale and (given.precision or 38) - (given.scale or 0) <= whole
    return given.name in _DIGITS and _DIGITS[given.name] <= whole


def _fits_nested(given: DataType, held: DataType) -> bool:
    if len(given.fields) != len(held.fields):
        return False
    pairs = zip(given.fields, held.fields, strict=True)
    return all((given.name != "STRUCT" or g.name == h.name) and fits(g.type, h.type) for g, h in pairs)


def caster(target: pa.Schema, partition_by: tuple[str, ...], text: str) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Return what makes batches of a view into batches of a table: columns by name, casts that lose nothing.

    The result raises T4036 naming the column: for a null in a column that is NOT NULL, a
    value that would change, an empty text as partition value.
    """

    def cast(batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        columns = [_cast(batch.column(batch.schema.get_field_index(f.name)), f, text) for f in target]
        for field, column in zip(target, columns, strict=True):
            if field.name in partition_by:
                _require_partition(field, column, text)
        return pa.RecordBatch.from_arrays(columns, schema=target)

    return cast


def _cast(column: Any, field: Any, text: str) -> Any:
    import pyarrow as pa

    if column.null_count and not field.nullable:
        raise error("T4036", f"column `{field.name}` of `{text}` is NOT NULL, and the view gives null")
    if column.type == field.type:
        return column
    try:
        return _safely(column, field.type)
    except pa.ArrowInvalid as problem:
        what = f"a value of column `{field.name}` can't be written to `{text}` as {field.type} without loss"
        raise error("T4036", what, help="round or cast it in the view", cause=str(problem)) from problem


def _safely(column: Any, wanted: Any) -> Any:
    """Cast without loss; views and dictionaries, for which Arrow lacks kernels, take the plain type first."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(wanted, safe=True)


def _require_partition(field: Any, column: Any, text: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.types
    if not (kind.is_string(field.type) or kind.is_binary(field.type)) or len(column) == 0:
        return
    if pc.min(pc.binary_length(column)).as_py() == 0:
        raise error(
            "T4036",
            f"the partition column `{field.name}` of `{text}` has an empty value, which Delta would read back as null",
            help=f"turn it into null with `NULLIF({shown(field.name)}, '')`",
        )
