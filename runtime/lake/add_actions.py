"""Owns the rows of `delta_add_actions`: one for each file that a table consists of at a version.

Columns are named as the Delta library's `get_add_actions` names them. Statistics and partition values
are structs with the table's own column names, whatever points or spaces are in them; the types
come from the table, so files without statistics change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...dialect.types import BIGINT, VARCHAR, DataType, Field, Schema, struct, timestamp
from .faults import library, opening_fault
from .paths import data_file
from .schemas import VARIANT, arrow_schema, arrow_type
from .snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

_COMPARED = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", "VARCHAR")
"""Types that have a smallest and a largest value in the log."""


def add_actions_schema(snapshot: Snapshot) -> Schema:
    """Return the columns: a struct that would have no fields, as the partition of a table without one, is left out."""
    own = [field for field in snapshot.schema if field.name not in snapshot.partition_by]
    values = [Field(name, kind) for name in snapshot.partition_by if (kind := _type_of(snapshot.schema, name)) is not None]
    structs = {
        "null_count": [Field(one.name, _counts(one.type)) for one in own],
        "min": list(_bounds(own)),
        "max": list(_bounds(own)),
        "partition": values,
    }
    fixed = (
        Field("path", VARCHAR, False),
        Field("size_bytes", BIGINT, False),
        Field("modification_time", timestamp(6, "UTC"), False),
        Field("num_records", BIGINT),
        Field("deleted_records", BIGINT, False),
    )
    return Schema((*fixed, *(Field(name, struct(*fields)) for name, fields in structs.items() if fields)))


def _type_of(schema: Schema, name: str) -> DataType | None:
    field = schema.get(name)
    return None if field is None else field.type


def _counts(type: DataType) -> DataType:
    if type.name != "STRUCT" or type == VARIANT:
        return BIGINT
    return struct(*(Field(one.name, _counts(one.type)) for one in type.fields))


def _bounds(fields: list[Field]) -> Iterator[Field]:
    for one in fields:
        if one.type.name in _COMPARED:
            yield Field(one.name, one.type)
        elif one.type.name == "STRUCT":
            inside = tuple(_bounds(list(one.type.fields)))
            if inside:
                yield Field(one.name, struct(*inside))


def add_actions(snapshot: Snapshot) -> pa.Table:
    """Return a row for each file of a table, sorted by path."""
    import pyarrow as pa

    adds = snapshot.adds().combine_chunks()
    schema = add_actions_schema(snapshot)
    stored = stored_names(snapshot)
    arrays = []
    for field in schema:
        kind = arrow_type(field.type, field.name)
        if field.name == "modification_time":
            arrays.append(adds[field.name].cast(pa.timestamp("ms", "UTC")).cast(kind))
        elif field.name == "deleted_records":
            deleted = deleted_rows(snapshot)
            arrays.append(pa.array([deleted.get(path, 0) for path in _paths(snapshot, adds)], kind))
        elif field.name not in adds.column_names:
            arrays.append(pa.nulls(len(adds), kind))
        else:
            column = pa.chunked_array(adds[field.name]).combine_chunks()
            arrays.append(_shaped(column, field.type, field.name, {} if field.name == "partition" else stored))
    return pa.table(arrays, schema=arrow_schema(schema)).sort_by("path")


def deleted_rows(snapshot: Snapshot) -> Mapping[str, int]:
    """Return how many rows of a file are marked as deleted, by absolute path; files without a deletion vector are left out."""
    import pyarrow as pa

    if "deletionVectors" not in snapshot.features:
        return {}
    found: dict[str, int] = {}
    with library(lambda problem: opening_fault(problem, snapshot.text)):
        for batch in pa.RecordBatchReader.from_stream(snapshot.table.deletion_vectors()):
            for path, kept in zip(batch["filepath"], batch["selection_vector"], strict=True):
                found[data_file(str(snapshot.path), path.as_py())] = len(kept.values) - (kept.values.true_count if len(kept.values) else 0)
    return found


def _paths(snapshot: Snapshot, adds: pa.Table) -> list[str]:
    return [data_file(str(snapshot.path), path) for path in adds["path"].to_pylist()]


Stored = dict[str, tuple[str, "Stored"]]
"""By a column's name: its name in files and statistics (column mapping), and the same for the fields inside."""


def stored_names(snapshot: Snapshot) -> Stored:
    """Return the names that a table's columns have in files and statistics."""
    stored = snapshot.stored or snapshot.schema
    return _names(snapshot.schema.fields, stored.fields)


def _names(logical: Sequence[Field], stored: Sequence[Field]) -> Stored:
    pairs = zip(logical, stored, strict=True)
    return {
        one.name: (other.name, _names(*((k.fields if k.name == "STRUCT" else ()) for k in (one.type, other.type)))) for one, other in pairs
    }


def _shaped(column: pa.Array, type: DataType, name: str, stored: Stored) -> pa.Array:
    """Return a column of the log in the type that it is promised in: fields by name, those that are not there null."""
    import pyarrow as pa

    kind = arrow_type(type, name)
    if type.name != "STRUCT" or not pa.types.is_struct(column.type):
        return column if column.type.equals(kind) else column.cast(kind)
    parts, columns = [], column.flatten()
    for field in type.fields:
        physical, inside = stored.get(field.name, (field.name, {}))
        at = column.type.get_field_index(physical)
        if at < 0:
            parts.append(pa.nulls(len(column), arrow_type(field.type, field.name)))
        else:
            parts.append(_shaped(columns[at], field.type, field.name, inside))
    return pa.StructArray.from_arrays(parts, fields=list(kind), mask=column.is_null())
