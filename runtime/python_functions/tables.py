"""Owns the calls of table functions in Python: plain values in, a table of the declared columns out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from ...dialect.diagnostics import TreadleError, counted, did_you_mean
from ...dialect.types import DataType
from ..engine.arrow_types import arrow_type
from ..frames import as_frame
from .outcome import Unfit, checked

Array: TypeAlias = "pa.Array[Any]"
WHAT = "return a pyarrow.Table, record batches, a pandas or polars frame, a dict of columns or a list of dicts"


def rows_of(work: Callable[..., object], given: Sequence[Array], columns: DataType, strict: bool) -> Array:
    """Return the rows that a function gives for each row of arguments, as lists of structs.

    Args:
        work: the function itself; it is called with Python values.
        given: its arguments.
        columns: the struct of the declared columns.
        strict: whether a null argument gives no rows, without a call.

    Raises:
        Unfit: what it gave has no such columns.
    """
    calls = list(zip(*(one.to_pylist() for one in given), strict=True)) if given else [()]
    empty = pa.array([], arrow_type(columns))
    found = [empty if strict and None in one else _rows(work(*one), columns) for one in calls]
    offsets = [0]
    for one in found:
        offsets.append(offsets[-1] + len(one))
    item = pa.field("item", arrow_type(columns))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.concat_arrays(found), pa.list_(item))


def _rows(found: object, columns: DataType) -> Array:
    table = _table(found, columns)
    wanted = [field.name for field in columns.fields]
    by_name = {str(name).lower(): at for at, name in enumerate(table.column_names)}
    missing = [name for name in wanted if name.lower() not in by_name]
    more = [name for name in table.column_names if name.lower() not in {one.lower() for one in wanted}]
    if missing:
        near = did_you_mean(missing[0], more)
        message = f"returned {counted(table.num_columns, 'column')}, and none is called `{missing[0]}`"
        raise Unfit("T6122", message, near or f"return the columns {', '.join(wanted)}")
    if more:
        raise Unfit("T6122", f"returned the column `{more[0]}`, which is not declared", f"return the columns {', '.join(wanted)}")
    arrays = []
    for field in columns.fields:
        try:
            arrays.append(checked(table.column(by_name[field.name.lower()]), table.num_rows, field.type))
        except Unfit as unfit:
            raise Unfit(unfit.code, f"{unfit.message}, in the column `{field.name}`", unfit.help) from unfit
    kind = arrow_type(columns)
    return pa.StructArray.from_arrays(arrays, fields=[kind.field(at) for at in range(kind.num_fields)])


def _table(found: object, columns: DataType) -> pa.Table:
    try:
        if isinstance(found, list):
            if found and not isinstance(found[0], dict):
                raise Unfit("T6122", f"returned a list of {type(found[0]).__name__}", WHAT)
            kind = arrow_type(columns)
            names = list(dict.fromkeys(name for row in found for name in row)) if found else [one.name for one in columns.fields]
            known = {kind.field(at).name: kind.field(at) for at in range(kind.num_fields)}
            return pa.Table.from_pylist(found, pa.schema([known.get(name, pa.field(name, pa.null())) for name in names]))
        return as_frame(found).table
    except (TreadleError, pa.ArrowException, ValueError, TypeError) as problem:
        if isinstance(problem, Unfit):
            raise
        words = str(problem).splitlines()[0] if str(problem) else ""
        raise Unfit(
            "T6122", f"returned {_kind(found)}, which is no table{': ' + words if isinstance(found, list) else ''}", WHAT
        ) from problem


def _kind(found: object) -> str:
    return "None" if found is None else f"a {type(found).__name__}"
