"""Owns the step from rows that a test writes out to tables with the real columns: values change type without loss, or are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ...dialect.diagnostics import error
from ...dialect.types import DataType, Schema
from ...planner.coerce import coerce
from ...planner.testing import BoundRows
from ..engine.arrow_types import array, arrow_type, data_type, value
from ..struct_nulls import settle


def given_table(rows: BoundRows, found: pa.Table, columns: Schema) -> pa.Table:
    """Return rows as a table of all columns of what they stand in for; columns that they leave out are null.

    Args:
        rows: the clause.
        found: the rows of its query.
        columns: what the table must have.

    Raises:
        TreadleError: T6083 for a value that the real type can't hold.
    """
    at = {name: index for index, name in enumerate(rows.columns)}
    made = [
        _fitted(rows, found.column(at[f.name]), f.name, f.type) if f.name in at else pa.nulls(found.num_rows, arrow_type(f.type))
        for f in columns
    ]
    return settle(pa.table(made, schema=pa.schema([pa.field(f.name, arrow_type(f.type)) for f in columns])))


def expected_table(rows: BoundRows, found: pa.Table) -> pa.Table:
    """Return the rows that are expected, with the columns that are compared, as their real types; raises T6083."""
    types = [wanted.type for name in rows.columns if (wanted := rows.schema.get(name)) is not None]
    made = [_fitted(rows, found.column(i), name, kind) for i, (name, kind) in enumerate(zip(rows.columns, types, strict=True))]
    return pa.table(made, schema=pa.schema([pa.field(n, arrow_type(t)) for n, t in zip(rows.columns, types, strict=True)]))


def empty_table(columns: Schema) -> pa.Table:
    """Return a table of these columns without rows."""
    return pa.schema([pa.field(f.name, arrow_type(f.type)) for f in columns]).empty_table()


def _fitted(rows: BoundRows, column: pa.ChunkedArray, name: str, wanted: DataType) -> pa.ChunkedArray | pa.Array:
    given = data_type(column.type)
    if given == wanted:
        return column.cast(arrow_type(wanted))
    if given.is_integer and (wanted.is_integer or wanted.name == "DOUBLE"):
        found = _at_once(column, wanted)
        if found is not None:
            return found
    made = []
    for index, scalar in enumerate(column):
        try:
            made.append(coerce(_adapted(value(scalar).value, given, wanted), wanted).value)
        except ValueError as reason:
            message = f"a value of `{name}` in {rows.view.name} is no {wanted}"
            help_ = f"write a {wanted}, or CAST it to say how it is cut"
            raise error("T6083", message, rows.cell(index, rows.columns.index(name)), help=help_, cause=str(reason)) from reason
    return array(wanted, made)


def _at_once(column: pa.ChunkedArray, wanted: DataType) -> pa.ChunkedArray | None:
    """Return whole numbers as another type, or None when one of them doesn't fit, which is then found one by one."""
    try:
        return column.cast(arrow_type(wanted), safe=True)
    except pa.ArrowInvalid:
        return None


def _adapted(item: Any, given: DataType, wanted: DataType) -> Any:
    """Return an item whose instant is in UTC where the real type has a zone and the written one has none."""
    if isinstance(item, datetime) and wanted.zone and item.tzinfo is None:
        return item.replace(tzinfo=UTC)
    if isinstance(item, tuple) and given.fields and given.name == "STRUCT":
        return tuple(_adapted(one, g.type, w.type) for one, g, w in zip(item, given.fields, wanted.fields, strict=True))
    if isinstance(item, tuple) and given.name == "LIST":
        return tuple(_adapted(one, given.fields[0].type, wanted.fields[0].type) for one in item)
    return item
